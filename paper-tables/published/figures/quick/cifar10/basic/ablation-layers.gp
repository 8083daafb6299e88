# Draws ablation-layers.png from ablation-layers.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,1020 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'ablation-layers.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
set multiplot layout 1,2 margins 0.25,0.975,0.1863,0.8431 spacing 0.04
set label 1 'Perturbed layers: CIFAR-10, basic, profile quick' at screen 0.02,0.9569 left font 'DejaVu Sans,12'
set label 2 'mean and 95 % interval; below zero: the split is better than the run without perturbation; paired by seed, last epoch' at screen 0.02,0.9137 left font 'DejaVu Sans,9'
set yrange [0.4:5.6]
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
set xrange [-2.011483582085568:4.924816915418904]
set xtics 2.0
set xlabel 'Test error, points' offset 0,0.4
set ytics scale 0 ('classifier' 5, 'group 3 and above' 4, 'group 2 and above' 3, 'everything' 2, 'lowest' 1)
plot \
  'ablation-layers.csv' using (of('error','undecided','sgd-frozen')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-layers.csv' using (of('error','supported','sgd-frozen')):4:6:7 with xerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-layers.csv' using (seed('error','sgd-frozen')):($4-0.14) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-layers.csv' using (of('error','undecided','sgd')):4:6:7 with xerrorbars pointtype 4 linecolor rgb '#000000', \
  'ablation-layers.csv' using (of('error','supported','sgd')):4:6:7 with xerrorbars pointtype 5 linecolor rgb '#d55e00', \
  'ablation-layers.csv' using (seed('error','sgd')):($4-0.14) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
set xrange [-0.22667313370320308:0.2212930081227817]
set xtics 0.1
set xlabel 'Test loss, nats' offset 0,0.4
unset label 1
unset label 2
unset ytics
set arrow from screen 0.2556,0.0353 to screen 0.2867,0.0353 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.2711,0.0353 point pointtype 6 linecolor rgb '#000000'
set label 'minus SGD → frozen' at screen 0.2944,0.0353 left
set arrow from screen 0.4689,0.0353 to screen 0.5000,0.0353 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.4844,0.0353 point pointtype 4 linecolor rgb '#000000'
set label 'minus SGD' at screen 0.5078,0.0353 left
set arrow from screen 0.6133,0.0353 to screen 0.6444,0.0353 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.6289,0.0353 point pointtype 7 linecolor rgb '#d55e00'
set label 'filled: interval excludes zero' at screen 0.6522,0.0353 left
set label '' at screen 0.8844,0.0353 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.9078,0.0353 left
plot \
  'ablation-layers.csv' using (of('loss','undecided','sgd-frozen')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-layers.csv' using (seed('loss','sgd-frozen')):($4-0.14) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-layers.csv' using (of('loss','undecided','sgd')):4:6:7 with xerrorbars pointtype 4 linecolor rgb '#000000', \
  'ablation-layers.csv' using (seed('loss','sgd')):($4-0.14) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset multiplot

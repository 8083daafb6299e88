# Draws ablation-layers.png from ablation-layers.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,1030 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'ablation-layers.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
set multiplot
set label 'Perturbed layers: CIFAR-10, basic, profile quick' at screen 0.0250,0.9670 left font 'DejaVu Sans,11'
set label 'n = 5 seeds, mean and 95 % interval; below zero: the split is better' at screen 0.0250,0.9340 left font 'DejaVu Sans,9.5'
set label 'than the run without perturbation; paired by seed, last epoch' at screen 0.0250,0.9029 left font 'DejaVu Sans,9.5'
set arrow from screen 0.0250,0.0602 to screen 0.0792,0.0602 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.0602 point pointtype 6 linecolor rgb '#000000'
set label 'minus SGD → frozen' at screen 0.0917,0.0602 left
set arrow from screen 0.0250,0.0272 to screen 0.0792,0.0272 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.0272 point pointtype 4 linecolor rgb '#000000'
set label 'minus SGD' at screen 0.0917,0.0272 left
set arrow from screen 0.4076,0.0602 to screen 0.4618,0.0602 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.4347,0.0602 point pointtype 7 linecolor rgb '#d55e00'
set label 'filled: interval excludes zero' at screen 0.4743,0.0602 left
set label '' at screen 0.4347,0.0272 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.4743,0.0272 left
set lmargin at screen 0.0500
set rmargin at screen 0.4542
set tmargin at screen 0.8757
set bmargin at screen 0.1864
set yrange [0.5493:5.549]
set xrange [-2:2.991986403]
set xtics ('-2' -2, '0' 0, '2' 2)
unset ytics
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set xlabel 'Test error, points' offset 0,0.4
set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.2,0.1
set label 'classifier' at screen 0.0250, first 5.423 left front boxed
set label 'group 3 and above' at screen 0.0250, first 4.423 left front boxed
set label 'group 2 and above' at screen 0.0250, first 3.423 left front boxed
set label 'everything' at screen 0.0250, first 2.423 left front boxed
set label 'lowest' at screen 0.0250, first 1.423 left front boxed
plot \
  'ablation-layers.csv' using (of('error','undecided','sgd-frozen')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-layers.csv' using (of('error','supported','sgd-frozen')):4:6:7 with xerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-layers.csv' using (seed('error','sgd-frozen')):($4-0.1268) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-layers.csv' using (of('error','undecided','sgd')):4:6:7 with xerrorbars pointtype 4 linecolor rgb '#000000', \
  'ablation-layers.csv' using (of('error','supported','sgd')):4:6:7 with xerrorbars pointtype 5 linecolor rgb '#d55e00', \
  'ablation-layers.csv' using (seed('error','sgd')):($4-0.1268) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.5458
set rmargin at screen 0.9500
set tmargin at screen 0.8757
set bmargin at screen 0.1864
set yrange [0.5493:5.549]
set xrange [-0.1745414786:0.1177740021]
set xtics ('-0.1' -0.1, '0' 0, '0.1' 0.1)
unset ytics
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set xlabel 'Test loss, nats' offset 0,0.4
set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-layers.csv' using (of('loss','undecided','sgd-frozen')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-layers.csv' using (seed('loss','sgd-frozen')):($4-0.1268) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-layers.csv' using (of('loss','undecided','sgd')):4:6:7 with xerrorbars pointtype 4 linecolor rgb '#000000', \
  'ablation-layers.csv' using (seed('loss','sgd')):($4-0.1268) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
unset multiplot

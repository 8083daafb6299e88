# Draws differences.png from differences.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,956 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'differences.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
set multiplot layout 1,2 margins 0.25,0.975,0.1987,0.8326 spacing 0.04
set label 1 'Paired differences: SVHN without extra (not the official set), basic, profile quick' at screen 0.02,0.9540 left font 'DejaVu Sans,12'
set label 2 'below zero: the first arm is better; paired by seed, last epoch' at screen 0.02,0.9079 left font 'DejaVu Sans,9'
set yrange [0.4:8.6]
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
set xrange [-2.4919656070845675:2.450940397992864]
set xtics 1.0
set xlabel 'Test error, points' offset 0,0.4
set ytics scale 0 ('SGD → PoF minus SGD' 8, 'SGD → PoF minus SGD → frozen' 7, 'SGD → PoF minus SGD → SAM' 6, 'SGD → SAM minus SGD' 5, 'SGD → frozen minus SGD' 4, 'SAM → PoF minus SAM' 3, 'SAM → PoF minus SAM → frozen' 2, 'SAM → frozen minus SAM' 1)
plot \
  'differences.csv' using (of('error','undecided','difference')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'differences.csv' using (seed('error','difference')):($4-0.28) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
set xrange [-0.10006624914298194:0.0960390759658344]
set xtics 0.05
set xlabel 'Test loss, nats' offset 0,0.4
unset label 1
unset label 2
unset ytics
set arrow from screen 0.2556,0.0377 to screen 0.2867,0.0377 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.2711,0.0377 point pointtype 6 linecolor rgb '#000000'
set label 'mean and 95 % interval' at screen 0.2944,0.0377 left
set arrow from screen 0.5000,0.0377 to screen 0.5311,0.0377 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.5156,0.0377 point pointtype 7 linecolor rgb '#d55e00'
set label 'interval excludes zero' at screen 0.5389,0.0377 left
set label '' at screen 0.7489,0.0377 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.7722,0.0377 left
plot \
  'differences.csv' using (of('loss','undecided','difference')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'differences.csv' using (of('loss','supported','difference')):4:6:7 with xerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'differences.csv' using (seed('loss','difference')):($4-0.28) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset multiplot

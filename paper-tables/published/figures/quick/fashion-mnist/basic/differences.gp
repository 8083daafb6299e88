# Draws differences.png from differences.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,1038 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'differences.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
set multiplot
set label 'Paired differences: Fashion-MNIST, basic, profile quick' at screen 0.0250,0.9672 left font 'DejaVu Sans,11'
set label 'n = 5 seeds, mean and 95 % interval; below zero: the first arm is' at screen 0.0250,0.9345 left font 'DejaVu Sans,9.5'
set label 'better; paired by seed, last epoch' at screen 0.0250,0.9037 left font 'DejaVu Sans,9.5'
set arrow from screen 0.0250,0.0270 to screen 0.0792,0.0270 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.0270 point pointtype 6 linecolor rgb '#000000'
set label 'mean and interval' at screen 0.0917,0.0270 left
set arrow from screen 0.3755,0.0270 to screen 0.4296,0.0270 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.4026,0.0270 point pointtype 7 linecolor rgb '#d55e00'
set label 'interval excludes zero' at screen 0.4421,0.0270 left
set label '' at screen 0.8054,0.0270 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.8450,0.0270 left
set lmargin at screen 0.0500
set rmargin at screen 0.4542
set tmargin at screen 0.8767
set bmargin at screen 0.1522
set yrange [0.5532:8.553]
set xrange [-1.136:1.416]
set xtics ('-1' -1, '0' 0, '1' 1)
unset ytics
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set xlabel 'Test error, points' offset 0,0.4
set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.2,0.1
set label 'SGD → PoF minus SGD' at screen 0.0250, first 8.362 left front boxed
set label 'SGD → PoF minus SGD → frozen' at screen 0.0250, first 7.362 left front boxed
set label 'SGD → PoF minus SGD → SAM' at screen 0.0250, first 6.362 left front boxed
set label 'SGD → SAM minus SGD' at screen 0.0250, first 5.362 left front boxed
set label 'SGD → frozen minus SGD' at screen 0.0250, first 4.362 left front boxed
set label 'SAM → PoF minus SAM' at screen 0.0250, first 3.362 left front boxed
set label 'SAM → PoF minus SAM → frozen' at screen 0.0250, first 2.362 left front boxed
set label 'SAM → frozen minus SAM' at screen 0.0250, first 1.362 left front boxed
plot \
  'differences.csv' using (of('error','undecided','difference')):4:6:7 with xerrorbars pointtype 6 linecolor rgb '#000000', \
  'differences.csv' using (of('error','supported','difference')):4:6:7 with xerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'differences.csv' using (seed('error','difference')):($4-0.1915) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.5458
set rmargin at screen 0.9500
set tmargin at screen 0.8767
set bmargin at screen 0.1522
set yrange [0.5532:8.553]
set xrange [-0.05186087534:0.07941694779]
set xtics ('-0.05' -0.05, '0' 0, '0.05' 0.05)
unset ytics
set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set border 1
set xlabel 'Test loss, nats' offset 0,0.4
set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'differences.csv' using (of('loss','supported','difference')):4:6:7 with xerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'differences.csv' using (seed('loss','difference')):($4-0.1915) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
unset multiplot

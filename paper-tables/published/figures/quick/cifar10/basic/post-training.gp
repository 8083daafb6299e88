# Draws post-training.png from post-training.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,1440 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'post-training.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN
set multiplot layout 2,2 margins 0.08,0.98,0.13,0.88 spacing 0.08,0.12
set label 1 'Post-training: CIFAR-10, basic, profile quick' at screen 0.08,0.965 left font 'DejaVu Sans,12'
set label 2 'mean over seeds, band: one sample deviation; tested after the last epoch alone; vertical axes do not start at zero' at screen 0.08,0.935 left font 'DejaVu Sans,9'
set xrange [100:120]
set xtics 100,5
set yrange [54.82544406855239:57.43273786391517]
unset xlabel
set label 3 'Test error (%), after SGD pre-training' at graph 0,1.06 left
plot \
  'post-training.csv' using (at('sgd','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#000000', \
  'post-training.csv' using (at('sgd-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'post-training.csv' using (at('sgd-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'post-training.csv' using (at('sgd-sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'post-training.csv' using (at('sgd','test')):5 with linespoints pointtype 5 linecolor rgb '#000000' dashtype solid, \
  'post-training.csv' using (at('sgd-pof','test')):5 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype solid, \
  'post-training.csv' using (at('sgd-frozen','test')):5 with linespoints pointtype 13 linecolor rgb '#0072b2' dashtype solid, \
  'post-training.csv' using (at('sgd-sam','test')):5 with linespoints pointtype 9 linecolor rgb '#009e73' dashtype solid
unset label 1
unset label 2
set label 3 'Test error (%), after SAM pre-training' at graph 0,1.06 left
plot \
  'post-training.csv' using (at('sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'post-training.csv' using (at('sam-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'post-training.csv' using (at('sam-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'post-training.csv' using (at('sam','test')):5 with linespoints pointtype 9 linecolor rgb '#009e73' dashtype (8,4), \
  'post-training.csv' using (at('sam-pof','test')):5 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype (8,4), \
  'post-training.csv' using (at('sam-frozen','test')):5 with linespoints pointtype 13 linecolor rgb '#0072b2' dashtype (8,4)
unset label 1
unset label 2
set yrange [1.7715392302153792:2.2398624555352313]
set xlabel 'Epoch' offset 0,0.4
set label 3 'Test loss (nats), after SGD pre-training' at graph 0,1.06 left
plot \
  'post-training.csv' using (at('sgd','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#000000', \
  'post-training.csv' using (at('sgd-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'post-training.csv' using (at('sgd-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'post-training.csv' using (at('sgd-sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'post-training.csv' using (at('sgd','test')):7 with linespoints pointtype 5 linecolor rgb '#000000' dashtype solid, \
  'post-training.csv' using (at('sgd-pof','test')):7 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype solid, \
  'post-training.csv' using (at('sgd-frozen','test')):7 with linespoints pointtype 13 linecolor rgb '#0072b2' dashtype solid, \
  'post-training.csv' using (at('sgd-sam','test')):7 with linespoints pointtype 9 linecolor rgb '#009e73' dashtype solid
unset label 1
unset label 2
set label 3 'Test loss (nats), after SAM pre-training' at graph 0,1.06 left
set arrow from screen 0.0556,0.0250 to screen 0.0867,0.0250 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0711,0.0250 point pointtype 5 linecolor rgb '#000000'
set label 'SGD' at screen 0.0944,0.0250 left
set arrow from screen 0.1444,0.0250 to screen 0.1756,0.0250 nohead linecolor rgb '#009e73' dashtype solid
set label '' at screen 0.1600,0.0250 point pointtype 9 linecolor rgb '#009e73'
set label 'SAM' at screen 0.1833,0.0250 left
set arrow from screen 0.2333,0.0250 to screen 0.2644,0.0250 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.2489,0.0250 point pointtype 7 linecolor rgb '#d55e00'
set label 'PoF' at screen 0.2722,0.0250 left
set arrow from screen 0.3222,0.0250 to screen 0.3533,0.0250 nohead linecolor rgb '#0072b2' dashtype solid
set label '' at screen 0.3378,0.0250 point pointtype 13 linecolor rgb '#0072b2'
set label 'frozen classifier, no perturbation' at screen 0.3611,0.0250 left
plot \
  'post-training.csv' using (at('sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'post-training.csv' using (at('sam-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'post-training.csv' using (at('sam-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'post-training.csv' using (at('sam','test')):7 with linespoints pointtype 9 linecolor rgb '#009e73' dashtype (8,4), \
  'post-training.csv' using (at('sam-pof','test')):7 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype (8,4), \
  'post-training.csv' using (at('sam-frozen','test')):7 with linespoints pointtype 13 linecolor rgb '#0072b2' dashtype (8,4)
unset label 1
unset label 2
unset multiplot

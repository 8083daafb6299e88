# Draws curves.png from curves.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,1172 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'curves.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN
every(arm,kind,step) = (strcol(1) eq arm && strcol(2) eq kind) ? (int(column(3)) % step ? NaN : column(3)) : NaN
set multiplot
set label 'Training curves: CIFAR-10, basic, profile quick' at screen 0.0250,0.9710 left font 'DejaVu Sans,11'
set label 'on the test set, in pre-training also on the training set; mean over' at screen 0.0250,0.9420 left font 'DejaVu Sans,9.5'
set label 'n = 5 seeds, band: one sample deviation' at screen 0.0250,0.9147 left font 'DejaVu Sans,9.5'
set arrow from screen 0.0250,0.1689 to screen 0.0792,0.1689 nohead linecolor rgb '#7f7f7f' dashtype solid
set label '' at screen 0.0521,0.1689 point pointtype 1 linecolor rgb '#7f7f7f'
set label 'SGD pre-training' at screen 0.0917,0.1689 left
set arrow from screen 0.0250,0.1399 to screen 0.0792,0.1399 nohead linecolor rgb '#cc79a7' dashtype solid
set label 'SGD pre-training (training)' at screen 0.0917,0.1399 left
set arrow from screen 0.0250,0.1109 to screen 0.0792,0.1109 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.1109 point pointtype 5 linecolor rgb '#000000'
set label 'SGD' at screen 0.0917,0.1109 left
set arrow from screen 0.0250,0.0819 to screen 0.0792,0.0819 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.0521,0.0819 point pointtype 7 linecolor rgb '#d55e00'
set label 'SGD → PoF' at screen 0.0917,0.0819 left
set arrow from screen 0.0250,0.0529 to screen 0.0792,0.0529 nohead linecolor rgb '#0072b2' dashtype solid
set label '' at screen 0.0521,0.0529 point pointtype 13 linecolor rgb '#0072b2'
set label 'SGD → frozen' at screen 0.0917,0.0529 left
set arrow from screen 0.0250,0.0239 to screen 0.0792,0.0239 nohead linecolor rgb '#009e73' dashtype solid
set label '' at screen 0.0521,0.0239 point pointtype 9 linecolor rgb '#009e73'
set label 'SGD → SAM' at screen 0.0917,0.0239 left
set arrow from screen 0.4922,0.1689 to screen 0.5463,0.1689 nohead linecolor rgb '#7f7f7f' dashtype (8,4)
set label '' at screen 0.5192,0.1689 point pointtype 1 linecolor rgb '#7f7f7f'
set label 'SAM pre-training' at screen 0.5588,0.1689 left
set arrow from screen 0.4922,0.1399 to screen 0.5463,0.1399 nohead linecolor rgb '#cc79a7' dashtype (8,4)
set label 'SAM pre-training (training)' at screen 0.5588,0.1399 left
set arrow from screen 0.4922,0.1109 to screen 0.5463,0.1109 nohead linecolor rgb '#009e73' dashtype (8,4)
set label '' at screen 0.5192,0.1109 point pointtype 9 linecolor rgb '#009e73'
set label 'SAM' at screen 0.5588,0.1109 left
set arrow from screen 0.4922,0.0819 to screen 0.5463,0.0819 nohead linecolor rgb '#d55e00' dashtype (8,4)
set label '' at screen 0.5192,0.0819 point pointtype 7 linecolor rgb '#d55e00'
set label 'SAM → PoF' at screen 0.5588,0.0819 left
set arrow from screen 0.4922,0.0529 to screen 0.5463,0.0529 nohead linecolor rgb '#0072b2' dashtype (8,4)
set label '' at screen 0.5192,0.0529 point pointtype 13 linecolor rgb '#0072b2'
set label 'SAM → frozen' at screen 0.5588,0.0529 left
set lmargin at screen 0.0875
set rmargin at screen 0.9583
set tmargin at screen 0.8567
set bmargin at screen 0.5922
set label 'Error (%)' at screen 0.0875,0.8754 left
set yrange [0:92.22781281]
set ytics ('0' 0, '20' 20, '40' 40, '60' 60, '80' 80)
set xrange [0:120]
set xtics ('' 0, '' 20, '' 40, '' 60, '' 80, '' 100, '' 120)
unset xlabel
set arrow from first 100, graph 0 to first 100, screen 0.8635 nohead linewidth 0.8 dashtype solid linecolor '#404040'
set label 'switch to post-training' at screen 0.8125,0.8754 right font 'DejaVu Sans,9.5'
plot \
  'curves.csv' using (at('sgd-pre','train')):5 with lines linecolor rgb '#cc79a7' dashtype solid, \
  'curves.csv' using (at('sam-pre','train')):5 with lines linecolor rgb '#cc79a7' dashtype (8,4), \
  'curves.csv' using (at('sgd-pre','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd-pre','test')):5 with lines linecolor rgb '#7f7f7f' dashtype solid, \
  'curves.csv' using (at('sgd-pre','test')):5 with points pointtype 1 pointsize 0.7 linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):5 with lines linecolor rgb '#7f7f7f' dashtype (8,4), \
  'curves.csv' using (at('sam-pre','test')):5 with points pointtype 1 pointsize 0.7 linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#000000', \
  'curves.csv' using (at('sgd','test')):5 with lines linecolor rgb '#000000' dashtype solid, \
  'curves.csv' using (at('sgd','test')):5 with points pointtype 5 pointsize 0.7 linecolor rgb '#000000', \
  'curves.csv' using (at('sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sam','test')):5 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'curves.csv' using (at('sam','test')):5 with points pointtype 9 pointsize 0.7 linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-pof','test')):5 with lines linecolor rgb '#d55e00' dashtype solid, \
  'curves.csv' using (at('sgd-pof','test')):5 with points pointtype 7 pointsize 0.7 linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):5 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'curves.csv' using (at('sam-pof','test')):5 with points pointtype 7 pointsize 0.7 linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-frozen','test')):5 with lines linecolor rgb '#0072b2' dashtype solid, \
  'curves.csv' using (at('sgd-frozen','test')):5 with points pointtype 13 pointsize 0.7 linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):5 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'curves.csv' using (at('sam-frozen','test')):5 with points pointtype 13 pointsize 0.7 linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-sam','test')):5 with lines linecolor rgb '#009e73' dashtype solid, \
  'curves.csv' using (at('sgd-sam','test')):5 with points pointtype 9 pointsize 0.7 linecolor rgb '#009e73'
unset label
unset arrow
set lmargin at screen 0.0875
set rmargin at screen 0.9583
set tmargin at screen 0.5375
set bmargin at screen 0.2730
set label 'Loss (nats)' at screen 0.0875,0.5563 left
set yrange [0:2.425225136]
set ytics ('0' 0, '0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2)
set xrange [0:120]
set xtics ('0' 0, '20' 20, '40' 40, '60' 60, '80' 80, '100' 100, '120' 120)
set xlabel 'Epoch' offset 0,0.4
set arrow from first 100, graph 0 to first 100, graph 1 nohead linewidth 0.8 dashtype solid linecolor '#404040'
plot \
  'curves.csv' using (at('sgd-pre','train')):7 with lines linecolor rgb '#cc79a7' dashtype solid, \
  'curves.csv' using (at('sam-pre','train')):7 with lines linecolor rgb '#cc79a7' dashtype (8,4), \
  'curves.csv' using (at('sgd-pre','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd-pre','test')):7 with lines linecolor rgb '#7f7f7f' dashtype solid, \
  'curves.csv' using (at('sgd-pre','test')):7 with points pointtype 1 pointsize 0.7 linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):7 with lines linecolor rgb '#7f7f7f' dashtype (8,4), \
  'curves.csv' using (at('sam-pre','test')):7 with points pointtype 1 pointsize 0.7 linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#000000', \
  'curves.csv' using (at('sgd','test')):7 with lines linecolor rgb '#000000' dashtype solid, \
  'curves.csv' using (at('sgd','test')):7 with points pointtype 5 pointsize 0.7 linecolor rgb '#000000', \
  'curves.csv' using (at('sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sam','test')):7 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'curves.csv' using (at('sam','test')):7 with points pointtype 9 pointsize 0.7 linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-pof','test')):7 with lines linecolor rgb '#d55e00' dashtype solid, \
  'curves.csv' using (at('sgd-pof','test')):7 with points pointtype 7 pointsize 0.7 linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):7 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'curves.csv' using (at('sam-pof','test')):7 with points pointtype 7 pointsize 0.7 linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-frozen','test')):7 with lines linecolor rgb '#0072b2' dashtype solid, \
  'curves.csv' using (at('sgd-frozen','test')):7 with points pointtype 13 pointsize 0.7 linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):7 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'curves.csv' using (at('sam-frozen','test')):7 with points pointtype 13 pointsize 0.7 linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-sam','test')):7 with lines linecolor rgb '#009e73' dashtype solid, \
  'curves.csv' using (at('sgd-sam','test')):7 with points pointtype 9 pointsize 0.7 linecolor rgb '#009e73'
unset label
unset arrow
unset multiplot

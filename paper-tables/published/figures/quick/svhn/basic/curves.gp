# Draws curves.png from curves.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,880 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'curves.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN
set multiplot layout 1,2 margins 0.07,0.985,0.30,0.84 spacing 0.09
set label 1 'SVHN without extra (not the official set), basic, profile quick' at screen 0.07,0.945 left font 'DejaVu Sans,12'
set label 2 'mean over seeds, band: one sample deviation' at screen 0.985,0.945 right font 'DejaVu Sans,9'
set xlabel 'Epoch' offset 0,0.4
set xrange [0:110]
set yrange [0:*]
set arrow 1 from first 100, graph 0 to first 100, graph 1 nohead linewidth 0.8 dashtype (3,3) linecolor '#404040'
set label 3 'Error (%)' at graph 0,1.06 left
plot \
  'curves.csv' using (at('sgd-pre','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#000000', \
  'curves.csv' using (at('sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-sam','test')):($5-$6):($5+$6) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pre','test')):5 with lines linecolor rgb '#7f7f7f' dashtype solid, \
  'curves.csv' using (at('sam-pre','test')):5 with lines linecolor rgb '#7f7f7f' dashtype (8,4), \
  'curves.csv' using (at('sgd','test')):5 with lines linecolor rgb '#000000' dashtype solid, \
  'curves.csv' using (at('sam','test')):5 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'curves.csv' using (at('sgd-pof','test')):5 with lines linecolor rgb '#d55e00' dashtype solid, \
  'curves.csv' using (at('sam-pof','test')):5 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'curves.csv' using (at('sgd-frozen','test')):5 with lines linecolor rgb '#0072b2' dashtype solid, \
  'curves.csv' using (at('sam-frozen','test')):5 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'curves.csv' using (at('sgd-sam','test')):5 with lines linecolor rgb '#009e73' dashtype solid, \
  'curves.csv' using (at('sgd-pre','train')):5 with lines linecolor rgb '#7f7f7f' dashtype (2,3), \
  'curves.csv' using (at('sam-pre','train')):5 with lines linecolor rgb '#7f7f7f' dashtype (8,3,2,3)
set label 3 'Loss (nats)' at graph 0,1.06 left
unset label 1
unset label 2
set arrow from screen 0.0700,0.1136 to screen 0.1011,0.1136 nohead linecolor rgb '#7f7f7f' dashtype solid
set label 'SGD pre-training' at screen 0.1089,0.1136 left
set arrow from screen 0.0700,0.0773 to screen 0.1011,0.0773 nohead linecolor rgb '#7f7f7f' dashtype (8,4)
set label 'SAM pre-training' at screen 0.1089,0.0773 left
set arrow from screen 0.0700,0.0409 to screen 0.1011,0.0409 nohead linecolor rgb '#000000' dashtype solid
set label 'SGD' at screen 0.1089,0.0409 left
set arrow from screen 0.2811,0.1136 to screen 0.3122,0.1136 nohead linecolor rgb '#009e73' dashtype (8,4)
set label 'SAM' at screen 0.3200,0.1136 left
set arrow from screen 0.2811,0.0773 to screen 0.3122,0.0773 nohead linecolor rgb '#d55e00' dashtype solid
set label 'SGD → PoF' at screen 0.3200,0.0773 left
set arrow from screen 0.2811,0.0409 to screen 0.3122,0.0409 nohead linecolor rgb '#d55e00' dashtype (8,4)
set label 'SAM → PoF' at screen 0.3200,0.0409 left
set arrow from screen 0.4589,0.1136 to screen 0.4900,0.1136 nohead linecolor rgb '#0072b2' dashtype solid
set label 'SGD → frozen' at screen 0.4978,0.1136 left
set arrow from screen 0.4589,0.0773 to screen 0.4900,0.0773 nohead linecolor rgb '#0072b2' dashtype (8,4)
set label 'SAM → frozen' at screen 0.4978,0.0773 left
set arrow from screen 0.4589,0.0409 to screen 0.4900,0.0409 nohead linecolor rgb '#009e73' dashtype solid
set label 'SGD → SAM' at screen 0.4978,0.0409 left
set arrow from screen 0.6367,0.1136 to screen 0.6678,0.1136 nohead linecolor rgb '#7f7f7f' dashtype (2,3)
set label 'SGD pre-training, training set' at screen 0.6756,0.1136 left
set arrow from screen 0.6367,0.0773 to screen 0.6678,0.0773 nohead linecolor rgb '#7f7f7f' dashtype (8,3,2,3)
set label 'SAM pre-training, training set' at screen 0.6756,0.0773 left
set arrow from screen 0.6367,0.0409 to screen 0.6678,0.0409 nohead linecolor rgb '#404040' dashtype (3,3)
set label 'switch to post-training' at screen 0.6756,0.0409 left
plot \
  'curves.csv' using (at('sgd-pre','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sam-pre','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#7f7f7f', \
  'curves.csv' using (at('sgd','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#000000', \
  'curves.csv' using (at('sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sam-pof','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'curves.csv' using (at('sgd-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sam-frozen','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#0072b2', \
  'curves.csv' using (at('sgd-sam','test')):($7-$8):($7+$8) with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#009e73', \
  'curves.csv' using (at('sgd-pre','test')):7 with lines linecolor rgb '#7f7f7f' dashtype solid, \
  'curves.csv' using (at('sam-pre','test')):7 with lines linecolor rgb '#7f7f7f' dashtype (8,4), \
  'curves.csv' using (at('sgd','test')):7 with lines linecolor rgb '#000000' dashtype solid, \
  'curves.csv' using (at('sam','test')):7 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'curves.csv' using (at('sgd-pof','test')):7 with lines linecolor rgb '#d55e00' dashtype solid, \
  'curves.csv' using (at('sam-pof','test')):7 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'curves.csv' using (at('sgd-frozen','test')):7 with lines linecolor rgb '#0072b2' dashtype solid, \
  'curves.csv' using (at('sam-frozen','test')):7 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'curves.csv' using (at('sgd-sam','test')):7 with lines linecolor rgb '#009e73' dashtype solid, \
  'curves.csv' using (at('sgd-pre','train')):7 with lines linecolor rgb '#7f7f7f' dashtype (2,3), \
  'curves.csv' using (at('sam-pre','train')):7 with lines linecolor rgb '#7f7f7f' dashtype (8,3,2,3)
unset multiplot

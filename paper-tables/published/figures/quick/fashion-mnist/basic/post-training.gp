# Draws post-training.png from post-training.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,982 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'post-training.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN
every(arm,kind,step) = (strcol(1) eq arm && strcol(2) eq kind) ? (int(column(3)) % step ? NaN : column(3)) : NaN
own(arm,before,shift) = column(3) > before ? at(arm,'test') + shift : NaN
joined(arm,before,shift) = at(arm,'test') + (column(3) > before ? shift : 0)
set multiplot
set label 'Post-training: Fashion-MNIST, basic, profile quick' at screen 0.0250,0.9654 left font 'DejaVu Sans,11'
set label 'mean over n = 5 seeds, bars: one sample deviation; tested after the' at screen 0.0250,0.9308 left font 'DejaVu Sans,9.5'
set label 'last epoch alone; vertical axes do not start at zero' at screen 0.0250,0.8982 left font 'DejaVu Sans,9.5'
set arrow from screen 0.0250,0.0285 to screen 0.0792,0.0285 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.0285 point pointtype 5 linecolor rgb '#000000'
set label 'SGD' at screen 0.0917,0.0285 left
set arrow from screen 0.1814,0.0285 to screen 0.2356,0.0285 nohead linecolor rgb '#009e73' dashtype solid
set label '' at screen 0.2085,0.0285 point pointtype 9 linecolor rgb '#009e73'
set label 'SAM' at screen 0.2481,0.0285 left
set arrow from screen 0.3378,0.0285 to screen 0.3920,0.0285 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.3649,0.0285 point pointtype 7 linecolor rgb '#d55e00'
set label 'PoF' at screen 0.4045,0.0285 left
set arrow from screen 0.4834,0.0285 to screen 0.5376,0.0285 nohead linecolor rgb '#0072b2' dashtype solid
set label '' at screen 0.5105,0.0285 point pointtype 13 linecolor rgb '#0072b2'
set label 'frozen, no perturbation' at screen 0.5501,0.0285 left
set lmargin at screen 0.1042
set rmargin at screen 0.5042
set tmargin at screen 0.8289
set bmargin at screen 0.5234
set label 'Test error (%) after SGD' at screen 0.1042,0.8513 left
set yrange [18.93479068:21.6453054]
set ytics ('19' 19, '19.5' 19.5, '20' 20, '20.5' 20.5, '21' 21, '21.5' 21.5)
set xrange [98.4:121.6]
set xtics ('' 100, '' 105, '' 110, '' 115, '' 120)
unset xlabel
plot \
  'post-training.csv' using (joined('sgd',100,-1.05)):5 with lines linecolor rgb '#000000' dashtype solid, \
  'post-training.csv' using (joined('sgd-pof',100,-0.35)):5 with lines linecolor rgb '#d55e00' dashtype solid, \
  'post-training.csv' using (joined('sgd-frozen',100,0.35)):5 with lines linecolor rgb '#0072b2' dashtype solid, \
  'post-training.csv' using (joined('sgd-sam',100,1.05)):5 with lines linecolor rgb '#009e73' dashtype solid, \
  'post-training.csv' using (own('sgd',100,-1.05)):5:6 with yerrorbars pointtype 5 pointsize 0.8 linecolor rgb '#000000', \
  'post-training.csv' using (own('sgd-pof',100,-0.35)):5:6 with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb '#d55e00', \
  'post-training.csv' using (own('sgd-frozen',100,0.35)):5:6 with yerrorbars pointtype 13 pointsize 0.8 linecolor rgb '#0072b2', \
  'post-training.csv' using (own('sgd-sam',100,1.05)):5:6 with yerrorbars pointtype 9 pointsize 0.8 linecolor rgb '#009e73', \
  'post-training.csv' using (column(3) == 100 ? at('sgd','test') : NaN):5:6 with yerrorbars pointtype 1 linecolor rgb '#7f7f7f'
unset label
unset arrow
set lmargin at screen 0.5583
set rmargin at screen 0.9583
set tmargin at screen 0.8289
set bmargin at screen 0.5234
set label 'Test error (%) after SAM' at screen 0.5583,0.8513 left
set yrange [18.93479068:21.6453054]
set ytics ('' 19, '' 19.5, '' 20, '' 20.5, '' 21, '' 21.5)
set xrange [98.4:121.6]
set xtics ('' 100, '' 105, '' 110, '' 115, '' 120)
unset xlabel
plot \
  'post-training.csv' using (joined('sam',100,-0.7)):5 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'post-training.csv' using (joined('sam-pof',100,0)):5 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'post-training.csv' using (joined('sam-frozen',100,0.7)):5 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'post-training.csv' using (own('sam',100,-0.7)):5:6 with yerrorbars pointtype 9 pointsize 0.8 linecolor rgb '#009e73', \
  'post-training.csv' using (own('sam-pof',100,0)):5:6 with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb '#d55e00', \
  'post-training.csv' using (own('sam-frozen',100,0.7)):5:6 with yerrorbars pointtype 13 pointsize 0.8 linecolor rgb '#0072b2', \
  'post-training.csv' using (column(3) == 100 ? at('sam','test') : NaN):5:6 with yerrorbars pointtype 1 linecolor rgb '#7f7f7f'
unset label
unset arrow
set lmargin at screen 0.1042
set rmargin at screen 0.5042
set tmargin at screen 0.4582
set bmargin at screen 0.1527
set label 'Test loss (nats) after SGD' at screen 0.1042,0.4807 left
set yrange [0.5678644321:0.7]
set ytics ('0.6' 0.6, '0.65' 0.65, '0.7' 0.7)
set xrange [98.4:121.6]
set xtics ('100' 100, '105' 105, '110' 110, '115' 115, '120' 120)
set xlabel 'Epoch' offset 0,0.4
plot \
  'post-training.csv' using (joined('sgd',100,-1.05)):7 with lines linecolor rgb '#000000' dashtype solid, \
  'post-training.csv' using (joined('sgd-pof',100,-0.35)):7 with lines linecolor rgb '#d55e00' dashtype solid, \
  'post-training.csv' using (joined('sgd-frozen',100,0.35)):7 with lines linecolor rgb '#0072b2' dashtype solid, \
  'post-training.csv' using (joined('sgd-sam',100,1.05)):7 with lines linecolor rgb '#009e73' dashtype solid, \
  'post-training.csv' using (own('sgd',100,-1.05)):7:8 with yerrorbars pointtype 5 pointsize 0.8 linecolor rgb '#000000', \
  'post-training.csv' using (own('sgd-pof',100,-0.35)):7:8 with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb '#d55e00', \
  'post-training.csv' using (own('sgd-frozen',100,0.35)):7:8 with yerrorbars pointtype 13 pointsize 0.8 linecolor rgb '#0072b2', \
  'post-training.csv' using (own('sgd-sam',100,1.05)):7:8 with yerrorbars pointtype 9 pointsize 0.8 linecolor rgb '#009e73', \
  'post-training.csv' using (column(3) == 100 ? at('sgd','test') : NaN):7:8 with yerrorbars pointtype 1 linecolor rgb '#7f7f7f'
unset label
unset arrow
set lmargin at screen 0.5583
set rmargin at screen 0.9583
set tmargin at screen 0.4582
set bmargin at screen 0.1527
set label 'Test loss (nats) after SAM' at screen 0.5583,0.4807 left
set yrange [0.5678644321:0.7]
set ytics ('' 0.6, '' 0.65, '' 0.7)
set xrange [98.4:121.6]
set xtics ('100' 100, '105' 105, '110' 110, '115' 115, '120' 120)
set xlabel 'Epoch' offset 0,0.4
plot \
  'post-training.csv' using (joined('sam',100,-0.7)):7 with lines linecolor rgb '#009e73' dashtype (8,4), \
  'post-training.csv' using (joined('sam-pof',100,0)):7 with lines linecolor rgb '#d55e00' dashtype (8,4), \
  'post-training.csv' using (joined('sam-frozen',100,0.7)):7 with lines linecolor rgb '#0072b2' dashtype (8,4), \
  'post-training.csv' using (own('sam',100,-0.7)):7:8 with yerrorbars pointtype 9 pointsize 0.8 linecolor rgb '#009e73', \
  'post-training.csv' using (own('sam-pof',100,0)):7:8 with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb '#d55e00', \
  'post-training.csv' using (own('sam-frozen',100,0.7)):7:8 with yerrorbars pointtype 13 pointsize 0.8 linecolor rgb '#0072b2', \
  'post-training.csv' using (column(3) == 100 ? at('sam','test') : NaN):7:8 with yerrorbars pointtype 1 linecolor rgb '#7f7f7f'
unset label
unset arrow
unset multiplot

# Draws perturbation.png from perturbation.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'perturbation.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
at(arm) = strcol(1) eq arm ? column(2) : NaN
set multiplot layout 2,2 margins 0.08,0.98,0.09,0.85 spacing 0.08,0.12
set label 1 'Perturbation in post-training: CIFAR-10, basic, profile quick' at screen 0.08,0.957 left font 'DejaVu Sans,12'
set label 2 'mean over seeds, band: smallest to largest; rejected searches count as 0; vertical axes from zero' at screen 0.08,0.92 left font 'DejaVu Sans,9'
set xrange [100:120]
set xtics 5
set yrange [0:3.349]
set ytics 1.0
unset xlabel
set label 3 'Mean eta* of an epoch, after SGD pre-training' at graph 0,1.06 left
plot \
  'perturbation.csv' using (at('sgd-pof')):5:6 with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sgd-pof')):4 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype solid
unset label 1
unset label 2
set label 3 'Mean eta* of an epoch, after SAM pre-training' at graph 0,1.06 left
plot \
  'perturbation.csv' using (at('sam-pof')):5:6 with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sam-pof')):4 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype (8,4)
unset label 1
unset label 2
set yrange [0:0.4921]
set ytics 0.1
set xlabel 'Epoch' offset 0,0.4
set label 3 'Mean perturbation (L2 norm), after SGD pre-training' at graph 0,1.06 left
plot \
  'perturbation.csv' using (at('sgd-pof')):8:9 with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sgd-pof')):7 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype solid
unset label 1
unset label 2
set label 3 'Mean perturbation (L2 norm), after SAM pre-training' at graph 0,1.06 left
plot \
  'perturbation.csv' using (at('sam-pof')):8:9 with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sam-pof')):7 with linespoints pointtype 7 linecolor rgb '#d55e00' dashtype (8,4)
unset label 1
unset label 2
unset multiplot

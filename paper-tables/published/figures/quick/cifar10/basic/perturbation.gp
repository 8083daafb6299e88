# Draws perturbation.png from perturbation.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,868 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'perturbation.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
at(arm) = strcol(1) eq arm ? column(2) : NaN
set multiplot
set label 'Perturbation in post-training: CIFAR-10, basic, profile quick' at screen 0.0250,0.9608 left font 'DejaVu Sans,11'
set label 'mean over n = 5 seeds, band: one sample deviation; rejected searches' at screen 0.0250,0.9217 left font 'DejaVu Sans,9.5'
set label 'count as 0; vertical axes from zero' at screen 0.0250,0.8848 left font 'DejaVu Sans,9.5'
set lmargin at screen 0.0875
set rmargin at screen 0.4958
set tmargin at screen 0.8065
set bmargin at screen 0.4954
set label 'Mean eta* after SGD' at screen 0.0875,0.8318 left
set yrange [0:3.024588582]
set ytics ('0' 0, '1' 1, '2' 2, '3' 3)
set xrange [99.4:120.6]
set xtics ('' 100, '' 105, '' 110, '' 115, '' 120)
unset xlabel
plot \
  'perturbation.csv' using (at('sgd-pof')):($4-$5):($4+$5) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sgd-pof')):4 with linespoints pointtype 7 pointsize 0.7 linecolor rgb '#d55e00' dashtype solid
unset label
unset arrow
set lmargin at screen 0.5500
set rmargin at screen 0.9583
set tmargin at screen 0.8065
set bmargin at screen 0.4954
set label 'Mean eta* after SAM' at screen 0.5500,0.8318 left
set yrange [0:3.024588582]
set ytics ('' 0, '' 1, '' 2, '' 3)
set xrange [99.4:120.6]
set xtics ('' 100, '' 105, '' 110, '' 115, '' 120)
unset xlabel
plot \
  'perturbation.csv' using (at('sam-pof')):($4-$5):($4+$5) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sam-pof')):4 with linespoints pointtype 7 pointsize 0.7 linecolor rgb '#d55e00' dashtype (8,4)
unset label
unset arrow
set lmargin at screen 0.0875
set rmargin at screen 0.4958
set tmargin at screen 0.4217
set bmargin at screen 0.1106
set label 'Mean L2 norm after SGD' at screen 0.0875,0.4470 left
set yrange [0:0.4810798552]
set ytics ('0' 0, '0.1' 0.1, '0.2' 0.2, '0.3' 0.3, '0.4' 0.4)
set xrange [99.4:120.6]
set xtics ('100' 100, '105' 105, '110' 110, '115' 115, '120' 120)
set xlabel 'Epoch' offset 0,0.4
plot \
  'perturbation.csv' using (at('sgd-pof')):($6-$7):($6+$7) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sgd-pof')):6 with linespoints pointtype 7 pointsize 0.7 linecolor rgb '#d55e00' dashtype solid
unset label
unset arrow
set lmargin at screen 0.5500
set rmargin at screen 0.9583
set tmargin at screen 0.4217
set bmargin at screen 0.1106
set label 'Mean L2 norm after SAM' at screen 0.5500,0.4470 left
set yrange [0:0.4810798552]
set ytics ('' 0, '' 0.1, '' 0.2, '' 0.3, '' 0.4)
set xrange [99.4:120.6]
set xtics ('100' 100, '105' 105, '110' 110, '115' 115, '120' 120)
set xlabel 'Epoch' offset 0,0.4
plot \
  'perturbation.csv' using (at('sam-pof')):($6-$7):($6+$7) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sam-pof')):6 with linespoints pointtype 7 pointsize 0.7 linecolor rgb '#d55e00' dashtype (8,4)
unset label
unset arrow
unset multiplot

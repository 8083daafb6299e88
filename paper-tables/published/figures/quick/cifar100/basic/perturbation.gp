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
set label 'Perturbation in post-training: CIFAR-100, basic, profile quick' at screen 0.0250,0.9608 left font 'DejaVu Sans,11'
set label 'mean over n = 5 seeds, band: one sample deviation; rejected searches' at screen 0.0250,0.9217 left font 'DejaVu Sans,9.5'
set label 'count as 0; vertical axes from zero' at screen 0.0250,0.8848 left font 'DejaVu Sans,9.5'
set lmargin at screen 0.0875
set rmargin at screen 0.4958
set tmargin at screen 0.8065
set bmargin at screen 0.4954
set label 'Mean eta* after SGD' at screen 0.0875,0.8318 left
set yrange [0:6.666441673]
set ytics ('0' 0, '2' 2, '4' 4, '6' 6)
set xrange [99.7:110.3]
set xtics ('' 100, '' 105, '' 110)
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
set yrange [0:6.666441673]
set ytics ('' 0, '' 2, '' 4, '' 6)
set xrange [99.7:110.3]
set xtics ('' 100, '' 105, '' 110)
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
set yrange [0:2.354674665]
set ytics ('0' 0, '0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2)
set xrange [99.7:110.3]
set xtics ('100' 100, '105' 105, '110' 110)
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
set yrange [0:2.354674665]
set ytics ('' 0, '' 0.5, '' 1, '' 1.5, '' 2)
set xrange [99.7:110.3]
set xtics ('100' 100, '105' 105, '110' 110)
set xlabel 'Epoch' offset 0,0.4
plot \
  'perturbation.csv' using (at('sam-pof')):($6-$7):($6+$7) with filledcurves fillstyle transparent solid 0.12 noborder linecolor rgb '#d55e00', \
  'perturbation.csv' using (at('sam-pof')):6 with linespoints pointtype 7 pointsize 0.7 linecolor rgb '#d55e00' dashtype (8,4)
unset label
unset arrow
unset multiplot

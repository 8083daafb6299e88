# Draws ablation-range.png from ablation-range.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 960,1230 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'ablation-range.png'
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
mean(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] ne 'seed' && strcol(8) eq series) ? column(5) : NaN
set datafile missing NaN
set multiplot
set label 'Perturbation range: CIFAR-10, basic, profile quick' at screen 0.0250,0.9724 left font 'DejaVu Sans,11'
set label 'minus SGD → frozen (no perturbation) by seed, last epoch;' at screen 0.0250,0.9447 left font 'DejaVu Sans,9.5'
set label 'n = 5 seeds, mean and 95 % interval; below zero: perturbing is better' at screen 0.0250,0.9187 left font 'DejaVu Sans,9.5'
set arrow from screen 0.0250,0.0228 to screen 0.0792,0.0228 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.0521,0.0228 point pointtype 6 linecolor rgb '#000000'
set label 'mean and interval' at screen 0.0917,0.0228 left
set arrow from screen 0.3755,0.0228 to screen 0.4296,0.0228 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.4026,0.0228 point pointtype 7 linecolor rgb '#d55e00'
set label 'interval excludes zero' at screen 0.4421,0.0228 left
set label '' at screen 0.8054,0.0228 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.8450,0.0228 left
set lmargin at screen 0.1146
set rmargin at screen 0.4750
set tmargin at screen 0.8602
set bmargin at screen 0.7220
set label 'Test loss, nats' at screen 0.1146,0.8780 left
set yrange [-0.1455355085:1]
set ytics ('0' 0, '0.5' 0.5, '1' 1)
set border 3
set xrange [-0.3:4.3]
set xtics ('' 0, '' 0.5, '' 1, '' 1.5, '' 2, '' 3, '' 4)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(mean('loss','range')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('loss','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.12):(seed('loss','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.5042
set rmargin at screen 0.9750
set tmargin at screen 0.8602
set bmargin at screen 0.7220
set yrange [-0.1455355085:1]
set ytics ('' 0, '' 0.5, '' 1)
set border 1
set xrange [0.4:8.8]
set xtics ('' 1, '' 2, '' 3, '' 4.6, '' 6.2, '' 7.2, '' 8.2)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(of('loss','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.26):(seed('loss','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.1146
set rmargin at screen 0.4750
set tmargin at screen 0.6862
set bmargin at screen 0.5480
set label 'Test loss, nats, enlarged (▲: mean above the panel)' at screen 0.1146,0.7041 left
set yrange [-0.05:0.0710160629]
set ytics ('-0.05' -0.05, '0' 0, '0.05' 0.05)
set border 3
set xrange [-0.3:4.3]
set xtics ('0' 0, '' 0.5, '1' 1, '' 1.5, '2' 2, '3' 3, '4' 4)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(mean('loss','range')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('loss','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.12):(seed('loss','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-range.csv' using 4:(mean('loss','range') > 0.0710160628956744 ? 0.06496525975089068 : NaN) with points pointtype 9 linecolor rgb '#404040'
unset label
unset arrow
set lmargin at screen 0.5042
set rmargin at screen 0.9750
set tmargin at screen 0.6862
set bmargin at screen 0.5480
set yrange [-0.05:0.0710160629]
set ytics ('' -0.05, '' 0, '' 0.05)
set border 1
set xrange [0.4:8.8]
set xtics ('0.25' 1, '1' 2, '4' 3, 'random' 4.6, '1' 6.2, '4' 7.2, '16' 8.2)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(of('loss','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.26):(seed('loss','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-range.csv' using 4:(mean('loss','others') > 0.0710160628956744 ? 0.06496525975089068 : NaN) with points pointtype 9 linecolor rgb '#404040'
unset label
unset arrow
set lmargin at screen 0.1146
set rmargin at screen 0.4750
set tmargin at screen 0.4699
set bmargin at screen 0.3317
set label 'Test error, points' at screen 0.1146,0.4878 left
set yrange [-1.589201114:11.24732257]
set ytics ('0' 0, '5' 5, '10' 10)
set border 3
set xrange [-0.3:4.3]
set xtics ('' 0, '' 0.5, '' 1, '' 1.5, '' 2, '' 3, '' 4)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(mean('error','range')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('error','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.12):(seed('error','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.5042
set rmargin at screen 0.9750
set tmargin at screen 0.4699
set bmargin at screen 0.3317
set yrange [-1.589201114:11.24732257]
set ytics ('' 0, '' 5, '' 10)
set border 1
set xrange [0.4:8.8]
set xtics ('' 1, '' 2, '' 3, '' 4.6, '' 6.2, '' 7.2, '' 8.2)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
plot \
  'ablation-range.csv' using 4:(of('error','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.26):(seed('error','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label
unset arrow
set lmargin at screen 0.1146
set rmargin at screen 0.4750
set tmargin at screen 0.2959
set bmargin at screen 0.1577
set label 'Test error, points, enlarged (▲: mean above the panel)' at screen 0.1146,0.3138 left
set yrange [-1:1.363113889]
set ytics ('-1' -1, '0' 0, '1' 1)
set border 3
set xrange [-0.3:4.3]
set xtics ('0' 0, '' 0.5, '1' 1, '' 1.5, '2' 2, '3' 3, '4' 4)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
set label 'range c' at first 2, screen 0.0992 center
set label '(2: default)' at first 2, screen 0.0732 center
plot \
  'ablation-range.csv' using 4:(mean('error','range')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('error','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.12):(seed('error','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-range.csv' using 4:(mean('error','range') > 1.363113889490271 ? 1.2449581950157576 : NaN) with points pointtype 9 linecolor rgb '#404040'
unset label
unset arrow
set lmargin at screen 0.5042
set rmargin at screen 0.9750
set tmargin at screen 0.2959
set bmargin at screen 0.1577
set yrange [-1:1.363113889]
set ytics ('' -1, '' 0, '' 1)
set border 1
set xrange [0.4:8.8]
set xtics ('0.25' 1, '1' 2, '4' 3, 'random' 4.6, '1' 6.2, '4' 7.2, '16' 8.2)
set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
set label 'fixed step,' at first 2, screen 0.0992 center
set label '× mean eta*' at first 2, screen 0.0732 center
set label 'direction' at first 4.6, screen 0.0992 center
set label 'groups m' at first 7.2, screen 0.0992 center
plot \
  'ablation-range.csv' using 4:(of('error','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.26):(seed('error','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2', \
  'ablation-range.csv' using 4:(mean('error','others') > 1.363113889490271 ? 1.2449581950157576 : NaN) with points pointtype 9 linecolor rgb '#404040'
unset label
unset arrow
unset multiplot

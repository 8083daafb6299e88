# Draws ablation-range.png from ablation-range.csv; run gnuplot in this folder.
set terminal pngcairo noenhanced size 1800,1300 font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
set output 'ablation-range.png'
set encoding utf8
set datafile separator comma
unset key
set border 3 linewidth 0.5 linecolor '#404040'
set tics nomirror out scale 0.5
set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
set format '%g'
of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN
mean(metric) = (strcol(2) eq metric && strcol(3)[1:4] ne 'seed' && strcol(8) eq 'range') ? column(5) : NaN
set datafile missing NaN
set multiplot
set label 1 'Perturbation range: CIFAR-10, basic, profile quick' at screen 0.02,0.9662 left font 'DejaVu Sans,12'
set label 2 'minus SGD → frozen, the control without perturbation; below zero: perturbing is better; paired by seed, last epoch' at screen 0.02,0.9323 left font 'DejaVu Sans,9'
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back
set tmargin at screen 0.8585
set bmargin at screen 0.5738
set yrange [-0.31044767378942045:0.8987419450673556]
set ytics 0.5
set lmargin at screen 0.0778
set rmargin at screen 0.4778
set format y '%g'
set border 3
set label 3 'Test loss, nats' at graph 0,1.08 left
set xrange [-0.3:4.3]
set xtics ('0' 0, '0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2, '3' 3, '4' 4)
unset label 11
unset label 12
unset label 13
unset label 14
unset label 15
unset label 16
unset label 17
unset label 18
unset label 19
set label 11 'range c (2: the method''s default)' at first 2, graph -0.2 center
plot \
  'ablation-range.csv' using 4:(mean('loss')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('loss','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.09):(seed('loss','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset label 1
unset label 2
set lmargin at screen 0.5111
set rmargin at screen 0.9833
set format y ''
set border 1
unset label 3
set xrange [0.4:8.8]
set xtics ('0.25' 1, '1' 2, '4' 3, 'random' 4.6, '1' 6.2, '4' 7.2, '16' 8.2)
unset label 11
unset label 12
unset label 13
unset label 14
unset label 15
unset label 16
unset label 17
unset label 18
unset label 19
set label 11 'fixed step, x mean eta*' at first 2, graph -0.2 center
set label 12 'direction' at first 4.6, graph -0.2 center
set label 13 'groups m' at first 7.2, graph -0.2 center
plot \
  'ablation-range.csv' using 4:(of('loss','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('loss','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.24):(seed('loss','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
set tmargin at screen 0.4462
set bmargin at screen 0.1615
set yrange [-2.17400806259671:12.276716554865526]
set ytics 5.0
set lmargin at screen 0.0778
set rmargin at screen 0.4778
set format y '%g'
set border 3
set label 3 'Test error, points' at graph 0,1.08 left
set xrange [-0.3:4.3]
set xtics ('0' 0, '0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2, '3' 3, '4' 4)
unset label 11
unset label 12
unset label 13
unset label 14
unset label 15
unset label 16
unset label 17
unset label 18
unset label 19
set label 11 'range c (2: the method''s default)' at first 2, graph -0.2 center
plot \
  'ablation-range.csv' using 4:(mean('error')) with lines linecolor rgb '#7f7f7f', \
  'ablation-range.csv' using 4:(of('error','undecided','range')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','range')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.09):(seed('error','range')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
set lmargin at screen 0.5111
set rmargin at screen 0.9833
set format y ''
set border 1
unset label 3
set xrange [0.4:8.8]
set xtics ('0.25' 1, '1' 2, '4' 3, 'random' 4.6, '1' 6.2, '4' 7.2, '16' 8.2)
unset label 11
unset label 12
unset label 13
unset label 14
unset label 15
unset label 16
unset label 17
unset label 18
unset label 19
set label 11 'fixed step, x mean eta*' at first 2, graph -0.2 center
set label 12 'direction' at first 4.6, graph -0.2 center
set label 13 'groups m' at first 7.2, graph -0.2 center
set arrow from screen 0.1889,0.0277 to screen 0.2200,0.0277 nohead linecolor rgb '#000000' dashtype solid
set label '' at screen 0.2044,0.0277 point pointtype 6 linecolor rgb '#000000'
set label 'mean and 95 % interval' at screen 0.2278,0.0277 left
set arrow from screen 0.4333,0.0277 to screen 0.4644,0.0277 nohead linecolor rgb '#d55e00' dashtype solid
set label '' at screen 0.4489,0.0277 point pointtype 7 linecolor rgb '#d55e00'
set label 'interval excludes zero' at screen 0.4722,0.0277 left
set label '' at screen 0.6822,0.0277 point pointtype 2 linecolor rgb '#0072b2'
set label 'one seed' at screen 0.7056,0.0277 left
plot \
  'ablation-range.csv' using 4:(of('error','undecided','others')):6:7 with yerrorbars pointtype 6 linecolor rgb '#000000', \
  'ablation-range.csv' using 4:(of('error','supported','others')):6:7 with yerrorbars pointtype 7 linecolor rgb '#d55e00', \
  'ablation-range.csv' using ($4+0.24):(seed('error','others')) with points pointtype 2 pointsize 0.6 linecolor rgb '#0072b2'
unset multiplot

# Hello from every core.
#
# Teaches: every core runs the whole program; coreid() tells them apart.
# Run:     eptrans run hello.py            (16 cores; any number works: -d 4)

import parallel

print "hello, I am core "+coreid()+" of "+numcores()

if coreid()==0:
	print "the cores say hello in whatever order they get there"

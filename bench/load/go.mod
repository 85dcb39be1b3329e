module wscm/bench/load

go 1.22

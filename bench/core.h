/* core.h: what the two smallest HTTP servers share. */
#ifndef OTKLIK_BENCH_CORE_H
#define OTKLIK_BENCH_CORE_H

#include <stdio.h>
#include <sys/resource.h>

enum { CORE_BYTES = 1024 };

/* Prints the port, then the CPU seconds used, in user and system time, for every line read. */
static inline void core_tell(int port)
{
	char line[16];
	printf("%d\n", port);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		struct rusage u;
		getrusage(RUSAGE_SELF, &u);
		printf("%.6f\n", (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		                     (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
		fflush(stdout);
	}
}

#endif

/* main.c: the command line. */
#include "base/base.h"

int main(void)
{
	return 0;
}

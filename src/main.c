/* The shell: nothing but a beginning yet. */
#include <config.h>
#include <stdio.h>

int main(void)
{
	puts(PACKAGE_STRING);
	return 0;
}

#include "src/model/opening.h"
#include <check.h>
Suite *opening_suite(void);
Suite *opening_suite(void)
{
	return suite_create("opening");
}

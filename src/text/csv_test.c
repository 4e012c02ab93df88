/* csv_test.c: cells. */
#include "text/csv.h"

#include "base/test.h"

static void cell(const char *in, const char *want)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	csv_cell(&b, str_of(in));
	CHECK_STR(buf_str(&b), want);
}

TEST(csv_cells_are_no_formulas)
{
	cell("plain", "plain");
	cell("", "");
	cell("a,b", "\"a,b\"");
	cell("say \"hi\"\nthere", "\"say \"\"hi\"\"\nthere\"");
	cell("-1.5", "-1.5");
	cell("=1+1", "\"'=1+1\"");
	cell("+7 495", "\"'+7 495\"");
	cell("-2+3", "\"'-2+3\"");
	cell("@SUM(A1)", "\"'@SUM(A1)\"");
	cell("  =cmd|' /C calc'!A0", "\"'  =cmd|' /C calc'!A0\"");
	cell("\t=1", "\"' =1\"");
	cell("\uff1d1", "\"'\uff1d1\"");
	cell("a\rb", "\"a b\"");
	cell("\x01", " ");
}

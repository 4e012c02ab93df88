#include "base/date.h"
#include "base/test.h"

TEST(date_round_trips_over_all_days_of_eight_centuries)
{
	int64_t day = date_days(1600, 1, 1), end = date_days(2400, 1, 1);
	int weekday = 6; /* 1 January 1600 was a Saturday */
	for (; day < end; day++, weekday = (weekday + 1) % 7) {
		struct date d = date_of(day * USEC_DAY + 1);
		CHECK(date_valid(&d));
		CHECK_INT(date_to_usec(&d), day * USEC_DAY + 1);
		CHECK_INT(d.weekday, weekday);
	}
}

TEST(date_before_1970_rounds_down)
{
	struct date d = date_of(-1);
	CHECK_INT(d.year, 1969);
	CHECK_INT(d.micro, 999999);
	CHECK_INT(d.second, 59);
	CHECK_INT(d.yearday, 364);
}

TEST(date_out_of_range_is_clamped)
{
	CHECK_INT(date_of(INT64_MAX).year, 9999);
	CHECK_INT(date_of(INT64_MIN).year, 0);
}

TEST(date_rfc3339_is_written_and_read)
{
	ARENA_AUTO a = arena_new();
	usec t = (usec)1732198920 * USEC_SECOND + 120;
	CHECK_STR(date_rfc3339(a, t), "2024-11-21T14:22:00.000120Z");
	usec back;
	CHECK(date_parse_rfc3339(date_rfc3339(a, t), &back));
	CHECK_INT(back, t);
	CHECK(date_parse_rfc3339(STR("2024-11-21T17:22:00.00012+03:00"), &back));
	CHECK_INT(back, t);
	CHECK(date_parse_rfc3339(STR("2024-11-21 04:52:00.000120999-09:30"), &back));
	CHECK_INT(back, t);
	CHECK(date_parse_rfc3339(STR("2016-12-31t23:59:60z"), &back));
	CHECK_STR(date_rfc3339(a, back), "2017-01-01T00:00:00.000000Z");
}

TEST(date_rfc3339_refuses_what_is_wrong)
{
	static const char *const wrong[] = {
	    "",
	    "2024",
	    "2024-11-21",
	    "2024-11-21T14:22",
	    "2024-11-21T14:22:00",
	    "2024-02-30T00:00:00Z",
	    "2023-02-29T00:00:00Z",
	    "2024-11-21T24:00:00Z",
	    "2024-13-01T00:00:00Z",
	    "2024-11-21T14:22:00.Z",
	    "2024-11-21T14:22:00.1234567890Z",
	    "2024-11-21T14:22:00+3:00",
	    "2024-11-21T14:22:00+03:60",
	    "2024-11-21T14:22:00Z ",
	    " 2024-11-21T14:22:00Z",
	    "+024-11-21T14:22:00Z",
	    "9999-12-31T23:59:59-01:00",
	    "2024-11-21T14:22:61Z",
	};
	usec t;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (date_parse_rfc3339(str_of(wrong[i]), &t))
			test_fail(__FILE__, __LINE__, "accepted %s", wrong[i]);
	CHECK(!date_parse_rfc3339(str_n("2024-11-21\0"
	                                "14:22:00Z",
	                                20),
	                          &t));
	CHECK(date_parse_day(STR("2024-02-29"), &t));
	CHECK(!date_parse_day(STR("2023-02-29"), &t));
}

TEST(date_for_mail_and_http)
{
	ARENA_AUTO a = arena_new();
	usec t = (usec)1732198920 * USEC_SECOND;
	CHECK_STR(date_rfc5322(a, t, 180), "Thu, 21 Nov 2024 17:22:00 +0300");
	CHECK_STR(date_rfc5322(a, t, -570), "Thu, 21 Nov 2024 04:52:00 -0930");
	CHECK_STR(date_rfc5322(a, 0, 0), "Thu, 1 Jan 1970 00:00:00 +0000");
	CHECK_STR(date_http(a, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

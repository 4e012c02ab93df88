/* date.c: see date.h. */
#include "base/date.h"

#define DAY_SECONDS 86400

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* The year is counted from March, so that the leap day is its last and the
 * lengths of months follow one linear formula. */
int64_t date_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

struct date date_of(usec t)
{
	if (t < DATE_MIN)
		t = DATE_MIN;
	if (t > DATE_MAX)
		t = DATE_MAX;
	int64_t seconds = t / USEC_SECOND, micro = t % USEC_SECOND;
	if (micro < 0) {
		micro += USEC_SECOND;
		seconds--;
	}
	int64_t days = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	struct date d = {
	    .day = (int)(doy - (153 * mp + 2) / 5 + 1),
	    .month = (int)(mp < 10 ? mp + 3 : mp - 9),
	    .hour = (int)(rest / 3600),
	    .minute = (int)(rest / 60 % 60),
	    .second = (int)(rest % 60),
	    .micro = (int)micro,
	    .weekday = (int)(((days + 4) % 7 + 7) % 7),
	};
	d.year = (int)(yoe + era * 400 + (d.month <= 2));
	d.yearday = (int)(days - date_days(d.year, 1, 1));
	return d;
}

static int month_length(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : lengths[month - 1];
}

bool date_valid(const struct date *d)
{
	return d->year >= 0 && d->year <= 9999 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	       d->day <= month_length(d->year, d->month) && d->hour >= 0 && d->hour <= 23 &&
	       d->minute >= 0 && d->minute <= 59 && d->second >= 0 && d->second <= 59 &&
	       d->micro >= 0 && d->micro <= 999999;
}

usec date_to_usec(const struct date *d)
{
	int64_t s = date_days(d->year, d->month, d->day) * DAY_SECONDS + d->hour * 3600 +
	            d->minute * 60 + d->second;
	return s * USEC_SECOND + d->micro;
}

static void two_digits(char *out, unsigned v)
{
	out[0] = (char)('0' + v / 10 % 10);
	out[1] = (char)('0' + v % 10);
}

/* By hand: an answer holds hundreds of times, and printf would be a good part of its cost. */
void date_rfc3339_z(char out[DATE_RFC3339_SIZE], usec t)
{
	struct date d = date_of(t);
	memcpy(out, "0000-00-00T00:00:00.000000Z", DATE_RFC3339_SIZE);
	two_digits(out, (unsigned)d.year / 100);
	two_digits(out + 2, (unsigned)d.year % 100);
	two_digits(out + 5, (unsigned)d.month);
	two_digits(out + 8, (unsigned)d.day);
	two_digits(out + 11, (unsigned)d.hour);
	two_digits(out + 14, (unsigned)d.minute);
	two_digits(out + 17, (unsigned)d.second);
	two_digits(out + 20, (unsigned)d.micro / 10000);
	two_digits(out + 22, (unsigned)d.micro / 100 % 100);
	two_digits(out + 24, (unsigned)d.micro % 100);
}

str date_rfc3339(struct arena *a, usec t)
{
	char text[DATE_RFC3339_SIZE];
	date_rfc3339_z(text, t);
	return str_dup(a, str_n(text, DATE_RFC3339_SIZE - 1));
}

/* Exactly n digits at *i. */
static bool digits(str s, size_t *i, int n, int *out)
{
	int v = 0;
	for (int k = 0; k < n; k++, (*i)++) {
		if (*i >= s.n || s.p[*i] < '0' || s.p[*i] > '9')
			return false;
		v = v * 10 + (s.p[*i] - '0');
	}
	*out = v;
	return true;
}

static bool one_of(str s, size_t *i, const char *chars)
{
	if (*i >= s.n || !s.p[*i] || !strchr(chars, s.p[*i]))
		return false;
	(*i)++;
	return true;
}

static bool parse_day(str s, size_t *i, struct date *d)
{
	return digits(s, i, 4, &d->year) && one_of(s, i, "-") && digits(s, i, 2, &d->month) &&
	       one_of(s, i, "-") && digits(s, i, 2, &d->day);
}

bool date_parse_day(str s, usec *out)
{
	struct date d = {0};
	size_t i = 0;
	if (!parse_day(s, &i, &d) || i != s.n || !date_valid(&d))
		return false;
	*out = date_to_usec(&d);
	return true;
}

bool date_parse_rfc3339(str s, usec *out)
{
	struct date d = {0};
	size_t i = 0;
	if (!parse_day(s, &i, &d) || !one_of(s, &i, "Tt ") || !digits(s, &i, 2, &d.hour) ||
	    !one_of(s, &i, ":") || !digits(s, &i, 2, &d.minute) || !one_of(s, &i, ":") ||
	    !digits(s, &i, 2, &d.second))
		return false;
	if (one_of(s, &i, ".")) {
		int weight = 100000, n = 0, digit;
		for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; n++, weight /= 10) {
			digits(s, &i, 1, &digit);
			d.micro += digit * weight;
		}
		if (n == 0 || n > 9)
			return false;
	}
	int hours = 0, minutes = 0, sign = 1;
	if (!one_of(s, &i, "Zz")) {
		if (i < s.n && s.p[i] == '-')
			sign = -1;
		if (!one_of(s, &i, "+-") || !digits(s, &i, 2, &hours) || !one_of(s, &i, ":") ||
		    !digits(s, &i, 2, &minutes) || hours > 23 || minutes > 59)
			return false;
	}
	if (i != s.n)
		return false;
	bool leap = d.second == 60;
	if (leap)
		d.second = 59;
	if (!date_valid(&d))
		return false;
	usec t = date_to_usec(&d) - sign * (hours * USEC_HOUR + minutes * USEC_MINUTE);
	if (leap)
		t += USEC_SECOND - d.micro;
	if (t < DATE_MIN || t > DATE_MAX)
		return false;
	*out = t;
	return true;
}

str date_rfc5322(struct arena *a, usec t, int offset_minutes)
{
	struct date d = date_of(t + offset_minutes * USEC_MINUTE);
	int off = offset_minutes < 0 ? -offset_minutes : offset_minutes;
	return str_printf(a, "%s, %d %s %04d %02d:%02d:%02d %c%02d%02d", day_names[d.weekday],
	                  d.day, month_names[d.month - 1], d.year, d.hour, d.minute, d.second,
	                  offset_minutes < 0 ? '-' : '+', off / 60, off % 60);
}

str date_http(struct arena *a, usec t)
{
	struct date d = date_of(t);
	return str_printf(a, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[d.weekday], d.day,
	                  month_names[d.month - 1], d.year, d.hour, d.minute, d.second);
}

/* calendar_test.c: invitations as programs write them, and nonsense. */
#include "mime/calendar.h"

#include "base/test.h"
#include "mime/parse.h"

#define EVENT                                                                                                 \
	"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Moscow\r\n"                      \
	"BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"                      \
	"BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Moscow:20240205T123000\r\n"                                      \
	"DTEND;TZID=Europe/Moscow:20240205T133000\r\nSUMMARY;LANGUAGE=ru:Показ\\, вто\r\n рой\r\n" \
	"LOCATION:Зал 5\\nвход со двора\r\nBEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\n"     \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

TEST(calendar_lines_for_a_reader)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(calendar_lines(a, STR(EVENT)),
	          "Показ, второй, 2024-02-05 12:30-13:30 (Europe/Moscow), Зал 5 вход со двора");
	CHECK_STR(calendar_lines(a, STR("BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\n"
	                                "DTSTART:20240205T093000Z\nDTEND:20240206T093000Z\n"
	                                "SUMMARY:Call\nEND:VEVENT\nBEGIN:VEVENT\n"
	                                "DTSTART;VALUE=DATE:20240301\nSUMMARY:Day off\n"
	                                "END:VEVENT\n")),
	          "[x] Call, 2024-02-05 09:30 - 2024-02-06 09:30 (UTC)\n[x] Day off, 2024-03-01");
	CHECK_STR(calendar_lines(a, STR("")), "");
	CHECK_STR(calendar_lines(a, STR("BEGIN:VEVENT\nDTSTART:soon\nDTSTART:\nEND:VEVENT")), "");
	CHECK_STR(calendar_lines(a, STR("BEGIN:VEVENT\nSUMMARY:never ends")), "");
}

TEST(calendar_in_a_letter)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m;
	struct error e;
	CHECK_OK(
	    mime_parse(a,
	               STR("From: a@b.ru\r\nContent-Type: multipart/alternative; boundary=x\r\n"
	                   "\r\n--x\r\n\r\nCome!\r\n--x\r\nContent-Type: text/calendar; "
	                   "charset=utf-8; method=REQUEST\r\n\r\n" EVENT "\r\n--x--\r\n"),
	               NULL, &m, &e),
	    &e);
	CHECK_STR(str_trim(m->text), "Come!");
	CHECK(str_starts(m->calendar, STR("Показ, второй, 2024-02-05")));
	CHECK_INT(m->attachments.n, 1);
	CHECK_STR(m->attachments.p[0].content_type, "text/calendar");
	/* nothing but the invitation: it is the text */
	CHECK_OK(mime_parse(a, STR("From: a@b.ru\r\nContent-Type: text/calendar\r\n\r\n" EVENT),
	                    NULL, &m, &e),
	         &e);
	CHECK(str_starts(m->calendar, STR("Показ, второй")));
}

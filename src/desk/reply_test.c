/* reply_test.c: answers, notes, taking back, letters that fail, side threads. */
#include <unistd.h>

#include "desk/contact.h"
#include "desk/search.h"
#include "desk/ticket_testing.h"
#include "desk/upload.h"
#include "store/job.h"

static struct message_input says(enum message_kind kind, const char *text)
{
	return (struct message_input){.kind = kind, .text = str_of(text)};
}

static struct message_full shown(struct world *w, const struct actor *actor, int64_t id)
{
	struct message_full m;
	world_read(w);
	CHECK_OK(desk_message_full(R(w, actor), id, &m, &w->e), &w->e);
	world_read_end(w);
	return m;
}

static void send_result(struct world *w, int64_t message, size_t which, enum delivery_state state)
{
	struct message_full m = shown(w, &w->admin, message);
	struct delivery d = m.deliveries[which];
	d.state = state;
	d.attempts = 1;
	d.code = state == DELIVERY_SENT ? 250 : 550;
	d.answer = STR("as it is");
	world_begin(w);
	CHECK_OK(desk_delivery_update(W(w, actor_system()), &d, &w->e), &w->e);
	world_commit(w);
}

DB_TEST(an_answer_goes_to_all_who_take_part)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?"),
	        m;
	struct participant p;
	struct participant_input cc = {
	    .address = STR("wife@home.example"), .name = STR("Olga"), .role = STR("cc")};
	struct participant_input bcc = {.address = STR("boss@firm.example"), .role = STR("bcc")};
	world_begin(w);
	CHECK_OK(desk_participant_add(W(w, &w->anna), id, &cc, &p, &w->e), &w->e);
	CHECK_OK(desk_participant_add(W(w, &w->anna), id, &cc, &p, &w->e), &w->e);
	CHECK_OK(desk_participant_add(W(w, &w->anna), id, &bcc, &p, &w->e), &w->e);
	struct message_input in = says(MESSAGE_AGENT, "Here it is.");
	in.has_status = true;
	in.status = TICKET_PENDING;
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	struct message_full f = shown(w, &w->anna, m);
	CHECK_INT(f.n_deliveries, 3);
	CHECK_STR(f.m.rcpt.to[0].address, "ivan@shop.example");
	CHECK_STR(f.m.rcpt.cc[0].address, "wife@home.example");
	CHECK_STR(f.deliveries[2].role, "bcc");
	CHECK_STR(f.m.subject, "Re: Parcel");
	CHECK_INT(world_ticket(w, id).status, TICKET_PENDING);
	world_check_derived(w, id);

	/* cc given: nobody but those; who is written to takes part from now on. */
	struct address one = {STR(""), STR("new@x.example")};
	in = says(MESSAGE_AGENT, "To you two");
	in.has_cc = true;
	in.cc = &one;
	in.n_cc = 1;
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	f = shown(w, &w->anna, m);
	CHECK_INT(f.n_deliveries, 2);
	struct thread_standing s;
	world_read(w);
	CHECK_OK(desk_thread_standing(w->a, w->reader, id, STR("New@X.example"), &s, &w->e), &w->e);
	CHECK(s.copied && !s.requester);
	CHECK_OK(desk_thread_standing(w->a, w->reader, id, STR("ivan@shop.example"), &s, &w->e),
	         &w->e);
	CHECK(s.requester);
	CHECK_OK(desk_thread_standing(w->a, w->reader, id, STR("mallory@x.example"), &s, &w->e),
	         &w->e);
	CHECK(!s.requester && !s.copied && !s.thread_id);
	world_read_end(w);
	/* Removed: not written to any more. */
	in = says(MESSAGE_AGENT, "Only you");
	struct ticket_full full;
	world_begin(w);
	CHECK_OK(desk_ticket_full(W(w, &w->anna), id, &full, &w->e), &w->e);
	CHECK_INT(full.n_participants, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK_OK(desk_participant_remove(W(w, &w->anna), full.participants[i].id, &w->e),
		         &w->e);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(shown(w, &w->anna, m).n_deliveries, 1);
	world_free(w);
}

DB_TEST(answers_that_must_not_leave)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?"),
	        m;
	int64_t seen = world_ticket(w, id).last_message_id;
	world_more(w, id, "ivan@shop.example", "Forget it");
	static const char *const unfilled[] = {"Dear {{contact.name}}!", "Dear %%name%%,",
	                                       "{{ order_id }} is ready", "a {{x}}"};
	world_begin(w);
	struct message_input in = says(MESSAGE_AGENT, "Still on its way");
	in.seen_message_id = seen;
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_CONFLICT,
	              "error.newer_message");
	for (size_t i = 0; i < COUNT_OF(unfilled); i++) {
		in = says(MESSAGE_AGENT, unfilled[i]);
		CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w,
		              ERR_INVALID, "error.placeholder");
	}
	in = says(MESSAGE_AGENT, "  \n ");
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_INVALID,
	              "error.required");
	in = says(MESSAGE_CUSTOMER, "I am the customer");
	CHECK_INT(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), ERR_INVALID);
	in = says(MESSAGE_AGENT, "x");
	in.has_to = true;
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_INVALID,
	              "error.no_recipient");
	struct address ours = {STR(""), STR("HELP@one.example")};
	in.to = &ours;
	in.n_to = 1;
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_INVALID,
	              "error.no_recipient");
	in = says(MESSAGE_AGENT, "x");
	in.thread_id = 77;
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	int64_t upload = 77;
	in = says(MESSAGE_AGENT, "x");
	in.uploads = &upload;
	in.n_uploads = 1;
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	world_rollback(w);
	/* What only looks like a placeholder. */
	static const char *const fine[] = {"50%% or 60 %% off", "f(x) {{ } }", "{{}}", "100%%"};
	for (size_t i = 0; i < COUNT_OF(fine); i++) {
		world_begin(w);
		in = says(MESSAGE_AGENT, fine[i]);
		CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
		world_rollback(w);
	}
	world_free(w);
}

DB_TEST(a_note_answers_nobody)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?"),
	        m;
	struct message_input in = says(MESSAGE_NOTE, "He sounds cross {{sic}}");
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->oleg), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	struct ticket t = world_ticket(w, id);
	CHECK_INT(t.status, TICKET_NEW);
	CHECK(t.waiting_since > 0);
	CHECK_STR(t.snippet, "Where?");
	CHECK_INT(t.message_count, 2);
	CHECK_INT(shown(w, &w->oleg, m).n_deliveries, 0);
	world_check_derived(w, id);
	world_free(w);
}

DB_TEST(an_answer_is_taken_back)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?"),
	        m;
	struct ticket before = world_ticket(w, id);
	struct upload up;
	struct blob blob;
	world_begin(w);
	CHECK_OK(blob_prepare(&w->desk.blobs, w->a, STR("file"), &blob, &w->e), &w->e);
	CHECK_OK(desk_upload_create(W(w, &w->anna), &blob, STR("../../x.txt"), STR("text/plain"),
	                            &up, &w->e),
	         &w->e);
	CHECK_STR(up.name, "x.txt");
	struct message_input in = says(MESSAGE_AGENT, "Wrong window");
	in.has_status = true;
	in.status = TICKET_SOLVED;
	in.uploads = &up.id;
	in.n_uploads = 1;
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_ticket(w, id).status, TICKET_SOLVED);
	struct message_full f = shown(w, &w->anna, m);
	CHECK_INT(f.n_attachments, 1);
	CHECK(f.undo_until > 0);
	int64_t ticket;
	world_begin(w);
	CHECK_INT(desk_message_cancel(W(w, &w->observer), m, &ticket, &w->e), ERR_DENIED);
	CHECK_OK(desk_message_cancel(W(w, &w->anna), m, &ticket, &w->e), &w->e);
	CHECK_OK(desk_message_cancel(W(w, &w->anna), m, &ticket, &w->e), &w->e); /* again: fine */
	world_commit(w);
	CHECK_INT(ticket, id);
	struct ticket after = world_ticket(w, id);
	CHECK_INT(after.status, TICKET_NEW);
	CHECK_INT(after.waiting_since, before.waiting_since);
	CHECK_INT(after.first_reply_at, 0);
	CHECK_STR(after.snippet, "Where?");
	world_check_derived(w, id);
	f = shown(w, &w->anna, m);
	CHECK_STR(f.m.warning, "cancelled");
	CHECK_INT(f.n_deliveries, 0);
	CHECK_INT(world_int(w, "SELECT count(*) FROM job WHERE kind = 'send' AND id > $1", 0), 0);
	/* The file is there to be sent again. */
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	/* Once the sender holds it, it is too late. */
	struct job *jobs;
	size_t n;
	world_wait(w, USEC_MINUTE);
	usec now = clock_now(w->clock);
	CHECK_INT(shown(w, &w->anna, m).undo_until, 0);
	world_begin(w);
	CHECK_OK(job_claim(w->a, w->tx, DESK_JOB_SEND, STR("me"), now, now, now + USEC_MINUTE, 10,
	                   &jobs, &n, &w->e),
	         &w->e);
	CHECK_INT(n, 1);
	CHECK_REFUSED(desk_message_cancel(W(w, &w->anna), m, &ticket, &w->e), w, ERR_CONFLICT,
	              "error.already_sent");
	world_rollback(w);
	send_result(w, m, 0, DELIVERY_SENT);
	world_begin(w);
	CHECK_REFUSED(desk_message_cancel(W(w, &w->anna), m, &ticket, &w->e), w, ERR_CONFLICT,
	              "error.already_sent");
	CHECK_REFUSED(desk_message_retry(W(w, &w->anna), m, &w->e), w, ERR_CONFLICT,
	              "error.nothing_failed");
	world_rollback(w);
	world_free(w);
}

DB_TEST(an_answer_that_came_back_is_none)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?"),
	        m;
	usec waiting = world_ticket(w, id).waiting_since;
	struct message_input in = says(MESSAGE_AGENT, "Here.");
	in.has_status = true;
	in.status = TICKET_SOLVED;
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	world_commit(w);
	send_result(w, m, 0, DELIVERY_SENT);
	CHECK_INT(world_ticket(w, id).status, TICKET_SOLVED);
	send_result(w, m, 0, DELIVERY_BOUNCED);
	/* The note that it was handed over comes late: it changes nothing. */
	send_result(w, m, 0, DELIVERY_SENT);
	CHECK_INT(world_ticket(w, id).status, TICKET_OPEN);
	CHECK_INT(world_ticket(w, id).waiting_since, waiting);
	world_check_derived(w, id);
	world_begin(w);
	CHECK_OK(desk_message_retry(W(w, &w->anna), m, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_ticket(w, id).waiting_since, 0);
	CHECK_INT(shown(w, &w->anna, m).deliveries[0].state, DELIVERY_QUEUED);
	world_check_derived(w, id);
	world_free(w);
}

DB_TEST(a_side_thread_stays_aside)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel",
	                          "It never came, ivan@shop.example"),
	        m, ticket, reply;
	usec waiting = world_ticket(w, id).waiting_since;
	int64_t first = world_ticket(w, id).last_message_id;
	struct address courier = {STR("Courier"), STR("ops@courier.example")};
	struct address ivan = {STR(""), STR("Ivan@Shop.example")};
	struct thread_input in = {.subject = STR("Parcel 77"),
	                          .text = STR("Where is it?"),
	                          .to = &ivan,
	                          .n_to = 1,
	                          .forward = &first,
	                          .n_forward = 1};
	struct side_thread_full th;
	world_begin(w);
	CHECK_REFUSED(desk_thread_create(W(w, &w->anna), id, &in, &th, &m, &w->e), w, ERR_INVALID,
	              "error.is_requester");
	in.to = &courier;
	CHECK_OK(desk_thread_create(W(w, &w->anna), id, &in, &th, &m, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(th.n_participants, 1);
	struct message_full f = shown(w, &w->anna, m);
	CHECK_INT(f.n_deliveries, 1);
	CHECK_STR(f.deliveries[0].address, "ops@courier.example");
	CHECK(str_find(f.m.quoted, STR("It never came")) >= 0);
	CHECK(str_find(f.m.quoted, STR("Ivan, 2024-11-21:")) >= 0);
	struct ticket t = world_ticket(w, id);
	CHECK_INT(t.waiting_since, waiting); /* asking a courier is no answer */
	CHECK_INT(t.first_reply_at, 0);
	CHECK_STR(t.last_from, "customer");
	world_check_derived(w, id);

	struct inbound back = {.author_name = STR("Courier"),
	                       .author_address = STR("ops@courier.example"),
	                       .text = STR("Lost, do not tell him")};
	world_wait(w, USEC_MINUTE);
	world_begin(w);
	CHECK_OK(desk_partner_message(W(w, actor_system()), th.t.id, &back, &ticket, &reply, &w->e),
	         &w->e);
	world_commit(w);
	CHECK_INT(ticket, id);
	t = world_ticket(w, id);
	CHECK_INT(t.waiting_since, waiting);
	CHECK_INT(t.last_message_id, reply);
	CHECK_STR(t.snippet, "It never came, ivan@shop.example");
	world_check_derived(w, id);
	/* A reply to the customer reaches nobody of the side thread, and the other way round. */
	int64_t answer = world_answer(w, id, "We are asking the courier.");
	f = shown(w, &w->anna, answer);
	CHECK_INT(f.n_deliveries, 1);
	CHECK_STR(f.deliveries[0].address, "ivan@shop.example");
	struct message_input more = says(MESSAGE_AGENT, "Look again");
	more.thread_id = th.t.id;
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &more, &m, &w->e), &w->e);
	world_commit(w);
	f = shown(w, &w->anna, m);
	CHECK_INT(f.n_deliveries, 1);
	CHECK_STR(f.deliveries[0].address, "ops@courier.example");
	CHECK_STR(f.m.subject, "Re: Parcel 77");
	struct address both[] = {courier, ivan};
	more.has_to = true;
	more.to = both;
	more.n_to = 2;
	world_begin(w);
	CHECK_REFUSED(desk_message_create(W(w, &w->anna), id, &more, &m, &w->e), w, ERR_INVALID,
	              "error.is_requester");
	world_rollback(w);
	/* Their standing differs: the courier is nobody in the main thread. */
	struct thread_standing s;
	world_read(w);
	CHECK_OK(desk_thread_standing(w->a, w->reader, id, STR("ops@courier.example"), &s, &w->e),
	         &w->e);
	CHECK(!s.requester && !s.copied);
	CHECK_INT(s.thread_id, th.t.id);
	/* References of the two threads do not mix. */
	str *ids;
	size_t n;
	CHECK_OK(message_thread_mail_ids(w->a, w->reader, id, 0, 0, 50, &ids, &n, &w->e), &w->e);
	world_read_end(w);
	/* Oleg may answer customers but not side threads. */
	more.has_to = false;
	world_begin(w);
	CHECK_INT(desk_message_create(W(w, &w->oleg), id, &more, &m, &w->e), ERR_DENIED);
	world_rollback(w);
	world_free(w);
}

DB_TEST(who_sees_no_addresses_adds_none)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?");
	struct address spy = {.address = STR("oleg@home.example")},
	               ivan = {.address = STR("IVAN@shop.example")};
	struct participant_input join = {.address = spy.address, .role = STR("cc")};
	struct participant p;
	struct thread_input side = {.subject = STR("S"), .text = STR("T"), .to = &spy, .n_to = 1};
	struct side_thread_full th;
	int64_t m;
	/* A copy would show him whom the letter goes to. */
	struct message_input in[] = {
	    {.kind = MESSAGE_AGENT, .text = STR("T"), .has_cc = true, .cc = &spy, .n_cc = 1},
	    {.kind = MESSAGE_AGENT, .text = STR("T"), .bcc = &spy, .n_bcc = 1},
	    {.kind = MESSAGE_AGENT, .text = STR("T"), .has_to = true, .to = &spy, .n_to = 1},
	};
	world_begin(w);
	for (size_t i = 0; i < COUNT_OF(in); i++)
		CHECK_REFUSED(desk_message_create(W(w, &w->oleg), id, &in[i], &m, &w->e), w,
		              ERR_DENIED, "error.denied");
	CHECK_REFUSED(desk_participant_add(W(w, &w->oleg), id, &join, &p, &w->e), w, ERR_DENIED,
	              "error.denied");
	struct actor oleg = w->oleg;
	oleg.rights |= (uint64_t)1 << RIGHT_TICKET_SIDE | (uint64_t)1 << RIGHT_TICKET_CREATE;
	CHECK_REFUSED(desk_thread_create(W(w, &oleg), id, &side, &th, NULL, &w->e), w, ERR_DENIED,
	              "error.denied");
	struct ticket t = world_ticket(w, id);
	struct ticket_input new = {.subject = STR("S"),
	                           .text = STR("T"),
	                           .contact_id = t.contact_id,
	                           .bcc = &spy,
	                           .n_bcc = 1};
	CHECK_REFUSED(desk_ticket_create(W(w, &oleg), &new, &t, NULL, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_rollback(w);
	/* Those who are there already may be chosen among. */
	struct message_input known = {
	    .kind = MESSAGE_AGENT, .text = STR("T"), .has_to = true, .to = &ivan, .n_to = 1};
	world_begin(w);
	CHECK_OK(desk_participant_add(W(w, &w->anna), id, &join, &p, &w->e), &w->e);
	known.has_cc = true;
	known.cc = &spy;
	known.n_cc = 1;
	CHECK_OK(desk_message_create(W(w, &w->oleg), id, &known, &m, &w->e), &w->e);
	/* What is masked, sent back, replaces nothing. */
	struct ticket_change subject = {.has_subject = true, .subject = STR("i•••@shop.example")};
	CHECK_REFUSED(desk_ticket_patch(W(w, &w->oleg), id, &subject, &t, &w->e), w, ERR_INVALID,
	              "error.invalid");
	world_rollback(w);
	world_free(w);
}

static bool leaks(str s)
{
	return str_find_nocase(s, STR("ivan@shop")) >= 0 || str_find(s, STR("123-45-67")) >= 0 ||
	       str_find(s, STR("1234567")) >= 0 || str_find_nocase(s, STR("wife@home")) >= 0;
}

DB_TEST(masked_people_see_no_address)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(
	    w, "ivan@shop.example", "ivan@shop.example", w->inbox_one, "From ivan@shop.example",
	    "I am IVAN@shop.example, call +7 (495) 123-45-67. wife@home.example");
	struct ticket t = world_ticket(w, id);
	struct contact c;
	struct participant p;
	struct participant_input cc = {.address = STR("wife@home.example"), .role = STR("cc")};
	struct contact_change note = {.has_note = true, .note = STR("phone 8 495 123-45-67")};
	world_begin(w);
	CHECK_OK(desk_identity_add(W(w, &w->anna), t.contact_id, IDENTITY_PHONE,
	                           STR("+7 495 123-45-67"), &c, &w->e),
	         &w->e);
	CHECK_OK(desk_contact_patch(W(w, &w->anna), t.contact_id, &note, &c, &w->e), &w->e);
	CHECK_OK(desk_participant_add(W(w, &w->anna), id, &cc, &p, &w->e), &w->e);
	world_commit(w);
	int64_t answer = world_answer(w, id, "We called 84951234567, ivan@shop.example");
	send_result(w, answer, 0, DELIVERY_BOUNCED);
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	struct attachment card = {
	    .message_id = answer, .name = STR("ivan.VCF"), .content_type = STR("text/plain")};
	struct attachment plain = {.message_id = answer,
	                           .name = STR("note.txt"),
	                           .content_type = STR("text/plain"),
	                           .position = 1};
	world_begin(w);
	CHECK_OK(blob_put(&w->desk.blobs, w->a, w->tx, STR("TEL:+7 495 123-45-67"), 1, &card.hash,
	                  &w->e),
	         &w->e);
	plain.hash = card.hash;
	CHECK_OK(attachment_insert(w->tx, &card, &w->e), &w->e);
	CHECK_OK(attachment_insert(w->tx, &plain, &w->e), &w->e);
	world_commit(w);

	const struct actor *o = &w->oleg;
	world_read(w);
	struct ticket_full full;
	CHECK_OK(desk_ticket_full(R(w, o), id, &full, &w->e), &w->e);
	CHECK(!leaks(full.t.subject) && !leaks(full.t.snippet) && !leaks(full.reply_to));
	CHECK(!leaks(full.contact.name) && !leaks(full.contact.note));
	CHECK_INT(full.contact.n_identities, 2);
	for (size_t i = 0; i < full.contact.n_identities; i++)
		CHECK(!leaks(full.contact.identities[i].value));
	CHECK_INT(full.n_participants, 1);
	CHECK(!leaks(full.participants[0].address));
	struct message_list list;
	CHECK_OK(desk_message_list(R(w, o), id, STR(""), 0, &list, &w->e), &w->e);
	for (size_t i = 0; i < list.n; i++) {
		const struct message_full *m = &list.items[i];
		CHECK(!leaks(m->m.text) && !leaks(m->m.subject) && !leaks(m->m.author_address));
		CHECK(!leaks(m->m.author_name) && !leaks(m->author) && !m->m.has_html);
		for (size_t k = 0; k < m->m.rcpt.n_to; k++)
			CHECK(!leaks(m->m.rcpt.to[k].address));
		for (size_t k = 0; k < m->m.rcpt.n_cc; k++)
			CHECK(!leaks(m->m.rcpt.cc[k].address));
		for (size_t k = 0; k < m->n_deliveries; k++)
			CHECK(!leaks(m->deliveries[k].address) && !leaks(m->deliveries[k].answer));
		for (size_t k = 0; k < m->n_attachments; k++)
			CHECK_INT(m->attachments[k].locked, k == 0);
	}
	/* Nor by a file that is a card, a letter or an invitation. */
	struct attachment at;
	int fd;
	int64_t size;
	CHECK_INT(desk_attachment_open(R(w, o), card.id, &at, &fd, &size, &w->e), ERR_DENIED);
	CHECK_STR(str_of(w->e.key), "error.locked_file");
	CHECK_INT(fd, -1);
	CHECK_OK(desk_attachment_open(R(w, o), plain.id, &at, &fd, &size, &w->e), &w->e);
	close(fd);
	CHECK_OK(desk_attachment_open(R(w, &w->anna), card.id, &at, &fd, &size, &w->e), &w->e);
	close(fd);
	struct ticket_filter f = {.limit = 10};
	struct ticket_list rows;
	CHECK_OK(desk_ticket_list(R(w, o), &f, &rows, &w->e), &w->e);
	CHECK_INT(rows.n, 1);
	CHECK(!leaks(rows.items[0].t.subject) && !leaks(rows.items[0].t.snippet));
	CHECK(!leaks(rows.items[0].contact_name) && !leaks(rows.items[0].contact_address));
	struct search_result hits;
	CHECK_OK(desk_search(R(w, o), STR("called"), STR(""), 10, &hits, &w->e), &w->e);
	CHECK_INT(hits.n, 1);
	CHECK(!leaks(hits.items[0].snippet) && !leaks(hits.items[0].ticket.t.subject));
	struct contact_full cf;
	CHECK_OK(desk_contact_full(R(w, o), t.contact_id, &cf, &w->e), &w->e);
	CHECK(!leaks(cf.c.note) && !leaks(cf.c.name) && !leaks(cf.c.identities[0].value));
	struct contact_list found;
	/* Not by its beginning, or it could be guessed letter by letter. */
	CHECK_OK(desk_contact_list(R(w, o), STR("+7495123"), STR(""), 10, &found, &w->e), &w->e);
	CHECK_INT(found.n, 0);
	CHECK_OK(desk_contact_list(R(w, &w->anna), STR("7495123"), STR(""), 10, &found, &w->e),
	         &w->e);
	CHECK_INT(found.n, 1);
	CHECK_INT(desk_message_raw(R(w, o), list.items[0].m.id, &fd, &size, &w->e), ERR_DENIED);
	/* And who may, sees. */
	CHECK_OK(desk_ticket_full(R(w, &w->anna), id, &full, &w->e), &w->e);
	CHECK_STR(full.reply_to, "ivan@shop.example");
	world_read_end(w);
	world_free(w);
}

/* upload_test.c: blobs, uploads and what files may be called. */
#include "desk/upload.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "desk/ticket_testing.h"

DB_TEST(blobs_keep_their_bytes)
{
	struct world *w = world_new(engine);
	str big = str_n(arena_alloc(w->a, 600000), 600000);
	for (size_t i = 0, x = 1; i < big.n; i++)
		((char *)(uintptr_t)big.p)[i] = (char)((x = x * 6364136223846793005u + 1) >> 56);
	str flat = str_n(arena_alloc(w->a, 500000), 500000);
	str small = STR("hello"), none = STR("");
	str all[] = {big, flat, small, none};
	str hash[4];
	for (size_t i = 0; i < 4; i++) {
		world_begin(w);
		CHECK_OK(blob_put(&w->desk.blobs, w->a, w->tx, all[i], 1, &hash[i], &w->e), &w->e);
		world_commit(w);
		world_begin(w); /* again: the same */
		CHECK_OK(blob_put(&w->desk.blobs, w->a, w->tx, all[i], 1, &hash[i], &w->e), &w->e);
		world_commit(w);
	}
	CHECK_STR(hash[2], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	world_read(w);
	for (size_t i = 0; i < 4; i++) {
		str back;
		int fd;
		int64_t size;
		struct stat st;
		CHECK_OK(blob_read(&w->desk.blobs, w->a, w->reader, hash[i], 0, &back, &w->e),
		         &w->e);
		CHECK(str_eq(back, all[i]));
		CHECK_OK(blob_open_fd(&w->desk.blobs, w->reader, hash[i], &fd, &size, &w->e),
		         &w->e);
		CHECK_INT(size, all[i].n);
		CHECK_INT(fstat(fd, &st), 0);
		CHECK_INT(st.st_size, all[i].n);
		char first[8];
		CHECK_INT(read(fd, first, 5), all[i].n < 5 ? 0 : 5);
		close(fd);
	}
	str back;
	CHECK_INT(blob_read(&w->desk.blobs, w->a, w->reader, hash[0], 1000, &back, &w->e),
	          ERR_TOO_LARGE);
	CHECK_INT(
	    blob_read(&w->desk.blobs, w->a, w->reader, STR("../../etc/passwd"), 0, &back, &w->e),
	    ERR_NOT_FOUND);
	world_read_end(w);
	CHECK_INT(world_int(w, "SELECT count(*) FROM blob WHERE size > $1", -1), 4);
	CHECK_INT(world_int(w, "SELECT count(*) FROM blob WHERE codec = 'zstd' AND size > $1", 0),
	          1);
	struct blob blob;
	struct blob_store tight = w->desk.blobs;
	tight.max = 10;
	CHECK_INT(blob_prepare(&tight, w->a, big, &blob, &w->e), ERR_TOO_LARGE);
	world_free(w);
}

static void note_bad(void *arg, str hash, const char *why)
{
	++*(int *)arg;
}

DB_TEST(verify_finds_blobs_that_are_gone)
{
	struct world *w = world_new(engine);
	str hash[2];
	int bad = 0;
	int64_t checked;
	world_begin(w);
	CHECK_OK(blob_put(&w->desk.blobs, w->a, w->tx, STR("stays"), 1, &hash[0], &w->e), &w->e);
	CHECK_OK(blob_put(&w->desk.blobs, w->a, w->tx, STR("goes"), 1, &hash[1], &w->e), &w->e);
	world_commit(w);
	world_read(w);
	CHECK_OK(blob_verify(&w->desk.blobs, w->reader, note_bad, &bad, &checked, &w->e), &w->e);
	CHECK_INT(bad, 0);
	CHECK_INT(checked, 2);
	world_read_end(w);
	if (engine == DB_SQLITE)
		CHECK_INT(unlink(str_printf(w->a, "%.*s/%.2s/%s", STR_FMT(w->desk.blobs.dir),
		                            hash[1].p, hash[1].p + 2)
		                     .p),
		          0);
	else
		db_testing_exec(w->db, "DELETE FROM blob_chunk WHERE hash = $1",
		                DB_ARGS(db_text(hash[1])));
	world_read(w);
	CHECK_OK(blob_verify(&w->desk.blobs, w->reader, note_bad, &bad, &checked, &w->e), &w->e);
	CHECK_INT(bad, 1);
	world_read_end(w);
	world_free(w);
}

DB_TEST(uploads_become_attachments)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "S", "Text"), m;
	struct blob blob;
	struct upload up, gone;
	CHECK_OK(blob_prepare(&w->desk.blobs, w->a, STR("picture"), &blob, &w->e), &w->e);
	world_begin(w);
	CHECK_INT(desk_upload_create(W(w, &w->observer), &blob, STR("x"), STR(""), &up, &w->e),
	          ERR_DENIED);
	CHECK_OK(desk_upload_create(W(w, &w->anna), &blob, STR("фото.PNG"), STR("Image/PNG; x=y"),
	                            &up, &w->e),
	         &w->e);
	CHECK_STR(up.content_type, "image/png");
	CHECK_OK(
	    desk_upload_create(W(w, &w->anna), &blob, STR(".."), STR("nonsense"), &gone, &w->e),
	    &w->e);
	CHECK_STR(gone.name, "file");
	CHECK_STR(gone.content_type, "application/octet-stream");
	struct message_input in = {
	    .kind = MESSAGE_NOTE, .text = STR("see"), .uploads = &up.id, .n_uploads = 1};
	/* Nobody else's, and not twice. */
	CHECK_INT(desk_message_create(W(w, &w->oleg), id, &in, &m, &w->e), ERR_INVALID);
	CHECK_OK(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), &w->e);
	CHECK_INT(desk_message_create(W(w, &w->anna), id, &in, &m, &w->e), ERR_INVALID);
	CHECK_INT(desk_upload_delete(W(w, &w->anna), up.id, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_upload_delete(W(w, &w->oleg), gone.id, &w->e), ERR_NOT_FOUND);
	CHECK_OK(desk_upload_delete(W(w, &w->anna), gone.id, &w->e), &w->e);
	world_commit(w);
	CHECK(world_ticket(w, id).has_attachments);
	world_check_derived(w, id);
	struct attachment at;
	int fd;
	int64_t size;
	world_read(w);
	struct attachment *list;
	size_t n;
	CHECK_OK(attachment_of_messages(w->a, w->reader, &m, 1, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 1);
	CHECK_INT(desk_attachment_open(R(w, &w->vera), list[0].id, &at, &fd, &size, &w->e),
	          ERR_NOT_FOUND);
	CHECK_OK(desk_attachment_open(R(w, &w->oleg), list[0].id, &at, &fd, &size, &w->e), &w->e);
	CHECK_INT(size, 7);
	CHECK(desk_is_image(at.content_type));
	close(fd);
	world_read_end(w);
	CHECK(!desk_is_image(STR("image/svg+xml")));
	static const char *const holds[] = {"message/rfc822", "message/delivery-status; x=y",
	                                    "Text/VCard", "text/x-vcard", "text/calendar"};
	for (size_t i = 0; i < COUNT_OF(holds); i++)
		CHECK(desk_holds_addresses(w->a, str_of(holds[i]), STR("x")));
	CHECK(desk_holds_addresses(w->a, STR("application/octet-stream"), STR("Fwd.EML ")));
	CHECK(!desk_holds_addresses(w->a, STR("image/png"), STR("eml.png")));
	world_free(w);
}

TEST(file_names_can_do_no_harm)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(desk_file_name(a, STR("../../etc/passwd")), "passwd");
	CHECK_STR(desk_file_name(a, STR("C:\\temp\\a.exe")), "a.exe");
	CHECK_STR(desk_file_name(a, STR(".htaccess")), "htaccess");
	CHECK_STR(desk_file_name(a, STR("a\r\nb\0c.txt")), "a b\ufffdc.txt");
	CHECK_STR(desk_file_name(a, STR("...")), "file");
	CHECK_STR(desk_file_name(a, STR("")), "file");
	CHECK_STR(desk_content_type(a, STR("text/html\r\nX: y")), "application/octet-stream");
}

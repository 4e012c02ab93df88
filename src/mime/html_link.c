/* html_link.c: where a link leads, and whether its words say otherwise. Hosts are compared in
 * their ASCII form (RFC 3492); an address's words count as naming a host only where a reader would
 * take them for one. */
#include "mime/html_tree.h"
#include "mime/parse.h"

static bool host_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c >= 0x80;
}

/* "https://user@www.Example.org:8080/x" -> "www.example.org"; a browser takes "\" for "/". */
str html_link_host(struct arena *a, str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	if (at < 0)
		return STR("");
	str rest = str_from(url, (size_t)at + 3);
	while (rest.n && (rest.p[0] == '/' || rest.p[0] == '\\'))
		rest = str_from(rest, 1);
	size_t n = 0;
	while (n < rest.n && !strchr("/\\?#", rest.p[n]))
		n++;
	rest = str_sub(rest, 0, n);
	ptrdiff_t user = str_rchr(rest, '@');
	rest = str_from(rest, (size_t)(user + 1));
	if (rest.n && rest.p[0] == '[') {
		ptrdiff_t end = str_chr(rest, ']');
		return str_sub(rest, 0, end < 0 ? rest.n : (size_t)end + 1);
	}
	ptrdiff_t port = str_chr(rest, ':');
	rest = str_sub(rest, 0, port < 0 ? rest.n : (size_t)port);
	while (rest.n && rest.p[rest.n - 1] == '.')
		rest.n--;
	return str_lower_ascii(a, rest);
}

static str ascii(struct arena *a, str host)
{
	str all = mime_address_ascii(a, str_concat(a, STR("x@"), host));
	return str_lower_ascii(a, str_starts(all, STR("x@")) ? str_from(all, 2) : host);
}

/* "example.org (xn--...)" where letters of other alphabets may look like others. */
str html_link_shown(struct arena *a, str host)
{
	for (size_t i = 0; i < host.n; i++)
		if ((unsigned char)host.p[i] >= 0x80)
			return str_printf(a, "%.*s (%.*s)", STR_FMT(host), STR_FMT(ascii(a, host)));
	return host;
}

/* Names of files end like hosts do: these ends are no top domains, or mean files in letters. */
static bool file_end(str end)
{
	static const char *const ends[] = {"pdf",  "doc",  "docx", "xls",  "xlsx", "txt",  "htm",
	                                   "html", "png",  "jpg",  "jpeg", "gif",  "zip",  "rar",
	                                   "ppt",  "pptx", "csv",  "exe",  "js",   "json", "xml",
	                                   "odt",  "ods",  "rtf",  "mp3",  "mp4",  "md",   "php"};
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (str_eq_nocase(end, str_of(ends[i])))
			return true;
	return false;
}

/* The host that words name, "" if none: an address with its scheme, "www.", an e-mail address, or
 * the bare name alone. */
static str named_host(struct arena *a, str words)
{
	words = str_trim(words);
	if (str_chr(words, ' ') >= 0 || str_chr(words, '\n') >= 0) {
		/* in a sentence only what is unmistakable */
		ptrdiff_t at = str_find_nocase(words, STR("http://"));
		if (at < 0)
			at = str_find_nocase(words, STR("https://"));
		if (at < 0)
			at = str_find_nocase(words, STR("www."));
		if (at < 0)
			return STR("");
		words = str_from(words, (size_t)at);
		size_t n = 0;
		while (n < words.n && !strchr(" \n\t\r", words.p[n]))
			n++;
		words = str_sub(words, 0, n);
	}
	bool sure = str_find(words, STR("://")) > 0;
	if (!sure) {
		ptrdiff_t at = str_rchr(words, '@');
		words = str_concat(a, STR("http://"), str_from(words, (size_t)(at + 1)));
	}
	str host = html_link_host(a, words);
	ptrdiff_t dot = str_rchr(host, '.');
	if (dot <= 0 || host.n > 253)
		return STR("");
	for (size_t i = 0; i < host.n; i++)
		if (!host_byte((unsigned char)host.p[i]))
			return STR("");
	str end = str_from(host, (size_t)dot + 1);
	bool letters = end.n >= 2;
	for (size_t i = 0; i < end.n; i++)
		letters &= !(end.p[i] >= '0' && end.p[i] <= '9');
	bool www = str_starts(host, STR("www."));
	if (!letters || (!sure && !www && file_end(end)))
		return STR("");
	return host;
}

static bool within(str host, str domain)
{
	return str_eq(host, domain) || (host.n > domain.n && str_ends(host, domain) &&
	                                host.p[host.n - domain.n - 1] == '.');
}

bool html_link_lies(struct arena *a, str words, str url)
{
	str named = named_host(a, words);
	if (!named.n)
		return false;
	str real;
	if (str_starts_nocase(url, STR("mailto:"))) {
		size_t n = 7;
		while (n < url.n && url.p[n] != '?')
			n++;
		str to = str_sub(url, 7, n);
		ptrdiff_t at = str_rchr(to, '@');
		if (at < 0)
			return false;
		real = str_lower_ascii(a, str_from(to, (size_t)at + 1));
	} else {
		real = html_link_host(a, url);
	}
	real = ascii(a, real);
	named = ascii(a, named);
	if (str_starts(named, STR("www.")))
		named = str_from(named, 4);
	if (str_starts(real, STR("www.")))
		real = str_from(real, 4);
	return !within(real, named) && !within(named, real);
}

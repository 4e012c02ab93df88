/* banned.h: C library calls that must not be used in this project.
 *
 * Included by base.h, so every source file sees it. Each name expands to an
 * identifier that does not exist, so that using it is a compile error which
 * names the culprit. After git's banned.h.
 */
#ifndef OTKLIK_BANNED_H
#define OTKLIK_BANNED_H

#define BANNED(func) sorry_##func##_is_banned_use_str_or_buf

#undef strcpy
#define strcpy(x, y) BANNED(strcpy)
#undef strncpy
#define strncpy(x, y, n) BANNED(strncpy)
#undef strcat
#define strcat(x, y) BANNED(strcat)
#undef strncat
#define strncat(x, y, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(x, y) BANNED(strtok)
#undef gets
#define gets(x) BANNED(gets)
#undef atoi
#define atoi(x) BANNED(atoi)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef setenv
#define setenv(a, b, c) BANNED(setenv)
#undef rand
#define rand() BANNED(rand)

#endif

/* temp.h: files without a name. */
#ifndef OTKLIK_SYS_TEMP_H
#define OTKLIK_SYS_TEMP_H

/* A file of the folder's file system, for reading and writing by its owner, that is gone when it
 * is closed; also where O_TMPFILE is not known. -1 and errno otherwise. The caller's. */
int temp_open(const char *dir);

#endif

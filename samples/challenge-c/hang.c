/* The sample extension, but that it never returns when a packet comes. See what becomes of its host. */
#define ON_PACKET \
    while (!portcullis.ends) \
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL)
#include "challenge.c"

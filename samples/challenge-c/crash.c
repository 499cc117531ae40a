/* The sample extension, but that it crashes when a packet comes. See what becomes of its host. */
#define ON_PACKET (*(volatile int *)0 = 0)
#include "challenge.c"

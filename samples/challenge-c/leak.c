/* The sample extension, but that its thread asks the host for memory and never gives it back. The checker finds it. */
#define ON_TURN portcullis.host.Dot11ExtAllocateBuffer(16, &(LPVOID){NULL})
#include "challenge.c"

/* The sample extension, but that some time passes between its wish to complete a pre-association and the call. */
#define Dot11ExtIhvInitService init_service_of_the_sample
#include "challenge.c"
#undef Dot11ExtIhvInitService

static DOT11EXT_PRE_ASSOCIATE_COMPLETION complete;

static DWORD complete_slowly(HANDLE adapter, HANDLE connection, DWORD reason, DWORD error)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    return complete(adapter, connection, reason, error);
}

PORTCULLIS_EXPORT DWORD Dot11ExtIhvInitService(DWORD version, DOT11EXT_APIS *functions, LPVOID reserved,
                                               DOT11EXT_IHV_HANDLERS *handlers)
{
    DOT11EXT_APIS slow = *functions;
    complete = functions->Dot11ExtPreAssociateCompletion;
    slow.Dot11ExtPreAssociateCompletion = complete_slowly;
    return init_service_of_the_sample(version, &slow, reserved, handlers);
}

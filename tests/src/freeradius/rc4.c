/* FreeRADIUS 3.2.1 tells OpenSSL how long a key is before it has told for which cipher, and OpenSSL 3 falls over that. The
 * length is that which RC4 has anyway. Nothing else of the server is changed. */
#define _GNU_SOURCE
#include <dlfcn.h>

const void *EVP_CIPHER_CTX_get0_cipher(const void *context);

int EVP_CIPHER_CTX_set_key_length(void *context, int length) {
    int (*next)(void *, int) = (int (*)(void *, int))dlsym(RTLD_NEXT, "EVP_CIPHER_CTX_set_key_length");
    return EVP_CIPHER_CTX_get0_cipher(context) ? next(context, length) : 1;
}

/* For tests under Wine only: Rust's standard library draws its random numbers from ProcessPrng, which Windows has in
 * bcryptprimitives.dll and Wine 8 has not. RtlGenRandom, which advapi32.dll exports as
 * SystemFunction036, is as good. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}

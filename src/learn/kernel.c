/* kernel.c: makes both sets of loops and tells which one runs here. */
#include "learn/kernel.h"

#include <math.h>

/* Lanes that need no alignment. */
typedef float vf __attribute__((vector_size(4 * KERNEL_LANES), aligned(4)));
typedef int32_t vi __attribute__((vector_size(4 * KERNEL_LANES), aligned(4)));
typedef int16_t vs __attribute__((vector_size(2 * KERNEL_LANES), aligned(2)));
typedef int8_t vb __attribute__((vector_size(KERNEL_LANES), aligned(1)));

/* v where the lanes of the comparison are true, else 0. */
#define KERNEL_WHERE(test, v) ((vf)((vi)(v) & (test)))

#define KERNEL_INLINE static inline __attribute__((always_inline))
#define KERNEL_UNROLL _Pragma("GCC unroll 12")
#define KERNEL_BLOCK 12 /* vectors of sums that fit the registers */
#define KERNEL_AHEAD 6

#define KERNEL_FN(name) name##_plain
#define KERNEL_NAME "plain"
#define KERNEL_SET kernel_plain_set
#define KERNEL_ATTR
#define KERNEL_LOAD_I8(p) __builtin_convertvector(*(const vb *)(p), vf)
#define KERNEL_LOAD_I16(p) __builtin_convertvector(*(const vs *)(p), vf)
#define KERNEL_RSQRT(v)                                                                            \
	((vf){1 / sqrtf((v)[0]), 1 / sqrtf((v)[1]), 1 / sqrtf((v)[2]), 1 / sqrtf((v)[3]),          \
	      1 / sqrtf((v)[4]), 1 / sqrtf((v)[5]), 1 / sqrtf((v)[6]), 1 / sqrtf((v)[7])})
#include "learn/kernel_body.inc"

const struct kernel *kernel_plain(void)
{
	return &kernel_plain_set;
}

#if defined(__x86_64__)
#include <immintrin.h>
#undef KERNEL_FN
#undef KERNEL_NAME
#undef KERNEL_ATTR
#undef KERNEL_LOAD_I8
#undef KERNEL_LOAD_I16
#undef KERNEL_RSQRT
#define KERNEL_FN(name) name##_avx2
#undef KERNEL_SET
#define KERNEL_NAME "avx2"
#define KERNEL_SET kernel_avx2_set
#define KERNEL_ATTR __attribute__((target("avx2,fma")))
#define KERNEL_LOAD_I8(p)                                                                          \
	(vf) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define KERNEL_LOAD_I16(p)                                                                         \
	(vf) _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define KERNEL_RSQRT(v) (vf) _mm256_div_ps(_mm256_set1_ps(1), _mm256_sqrt_ps((__m256)(v)))
#include "learn/kernel_body.inc"

const struct kernel *kernel_best(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernel_avx2_set
	                                                                       : &kernel_plain_set;
}
#else
const struct kernel *kernel_best(void)
{
	return &kernel_plain_set;
}
#endif

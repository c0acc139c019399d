/*
 * c = a * b + a, rounded once. PTX 6.0 for sm_50: every driver since CUDA 9.0 compiles it for every GPU since Maxwell, so
 * the probe needs no ready code for any of them.
 */
#ifndef KILN_KERNEL_H
#define KILN_KERNEL_H

static const char kernel_name[] = "kiln_fma";

static const char kernel_ptx[] =
    ".version 6.0\n"
    ".target sm_50\n"
    ".address_size 64\n"
    ".visible .entry kiln_fma(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 count)\n"
    "{\n"
    "  .reg .pred %outside;\n"
    "  .reg .b32 %index, %block, %width, %thread, %count;\n"
    "  .reg .f32 %x, %y, %z;\n"
    "  .reg .b64 %a, %b, %c, %offset;\n"
    "  ld.param.u64 %a, [a];\n"
    "  ld.param.u64 %b, [b];\n"
    "  ld.param.u64 %c, [c];\n"
    "  ld.param.u32 %count, [count];\n"
    "  mov.u32 %block, %ctaid.x;\n"
    "  mov.u32 %width, %ntid.x;\n"
    "  mov.u32 %thread, %tid.x;\n"
    "  mad.lo.u32 %index, %block, %width, %thread;\n"
    "  setp.ge.u32 %outside, %index, %count;\n"
    "  @%outside bra done;\n"
    "  cvta.to.global.u64 %a, %a;\n"
    "  cvta.to.global.u64 %b, %b;\n"
    "  cvta.to.global.u64 %c, %c;\n"
    "  mul.wide.u32 %offset, %index, 4;\n"
    "  add.u64 %a, %a, %offset;\n"
    "  add.u64 %b, %b, %offset;\n"
    "  add.u64 %c, %c, %offset;\n"
    "  ld.global.f32 %x, [%a];\n"
    "  ld.global.f32 %y, [%b];\n"
    "  fma.rn.f32 %z, %x, %y, %x;\n"
    "  st.global.f32 [%c], %z;\n"
    "done:\n"
    "  ret;\n"
    "}\n";

#endif

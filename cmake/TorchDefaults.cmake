# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch_torch_defaults(target): for our own targets that include torch's headers. Torch's inline code must see
# NDEBUG as the library did: record_function.h lays its classes out by it.
function(flopwatch_torch_defaults target)
  target_compile_definitions(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:NDEBUG>")
endfunction()

# flopwatch_torch_header(target): reads torch/torch.h from the header that flopwatch_torch has precompiled, ten seconds
# a file less. Programs are compiled like the library (-fPIC after CMake's -fPIE), or the compiler would refuse it.
function(flopwatch_torch_header target)
  flopwatch_torch_defaults(${target})
  target_precompile_headers(${target} REUSE_FROM flopwatch_torch)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-fPIC>")
endfunction()

# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# LibTorch::torch (libtorch_cpu and libc10) and LibTorch::cuda (libtorch_cuda on top, where it exists);
# LibTorch::headers, to compile alone; LibTorch::loaded, for what is loaded into a process that has torch already.
#
# A LibTorch on CMAKE_PREFIX_PATH wins, else the PyPI wheel. Torch's own package file is not used: on a
# machine without a CUDA toolkit it stops, although nothing here needs one.
include(FindWheel)
if(NOT SKBUILD)  # a wheel is for the torch of the Python that it is built with
  find_path(LIBTORCH_INCLUDE_DIR ATen/record_function.h PATH_SUFFIXES include)
  find_library(LIBTORCH_CPU torch_cpu)
endif()
if(NOT LIBTORCH_INCLUDE_DIR OR NOT LIBTORCH_CPU)
  set(folder "${FLOPWATCH_SITE_PACKAGES}/torch")
  get_filename_component(prefix "${FLOPWATCH_SITE_PACKAGES}/../../.." ABSOLUTE)
  if(FLOPWATCH_SITE_PACKAGES AND NOT EXISTS "${folder}/lib/libtorch_cpu.so")  # conda-forge has them in the prefix
    set(folder "${prefix}")
  endif()
  set(LIBTORCH_INCLUDE_DIR "${folder}/include" CACHE PATH "" FORCE)
  set(LIBTORCH_CPU "${folder}/lib/libtorch_cpu.so" CACHE FILEPATH "" FORCE)
endif()
if(NOT EXISTS "${LIBTORCH_CPU}" OR NOT EXISTS "${LIBTORCH_INCLUDE_DIR}/ATen/record_function.h")
  if(SKBUILD)
    message(FATAL_ERROR "flopwatch is compiled for the torch of ${FLOPWATCH_PYTHON}, which has none. "
                        "Install it first: pip install torch. Where torch is installed, the tool that builds flopwatch "
                        "did so in an environment of its own, without torch. Switch that off: pip install "
                        "scikit-build-core, then pip install --no-build-isolation (uv has the same option)")
  endif()
  message(FATAL_ERROR "LibTorch was not found: run scripts/bootstrap.sh, or put a LibTorch on "
                      "CMAKE_PREFIX_PATH, or build with -DFLOPWATCH_TORCH=OFF")
endif()
get_filename_component(libtorch_dir "${LIBTORCH_CPU}" DIRECTORY)
message(STATUS "LibTorch: ${libtorch_dir}")

add_library(LibTorch::headers INTERFACE IMPORTED)
target_include_directories(LibTorch::headers SYSTEM INTERFACE
  "${LIBTORCH_INCLUDE_DIR}" "${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include")
# Torch's inline code must see NDEBUG as the library did: record_function.h lays its classes out by it.
target_compile_definitions(LibTorch::headers INTERFACE NDEBUG)

add_library(LibTorch::loaded INTERFACE IMPORTED)
target_link_libraries(LibTorch::loaded INTERFACE LibTorch::headers "${LIBTORCH_CPU}" "${libtorch_dir}/libc10.so")

add_library(LibTorch::torch INTERFACE IMPORTED)
target_link_libraries(LibTorch::torch INTERFACE LibTorch::loaded)
target_link_options(LibTorch::torch INTERFACE "-Wl,-rpath,${libtorch_dir}")

add_library(LibTorch::cuda INTERFACE IMPORTED)
target_link_libraries(LibTorch::cuda INTERFACE LibTorch::torch)
if(EXISTS "${libtorch_dir}/libtorch_cuda.so")
  # Nothing refers to it by symbol; loading it is what registers the CUDA operators.
  target_link_options(LibTorch::cuda INTERFACE
    "-Wl,--no-as-needed,${libtorch_dir}/libtorch_cuda.so,${libtorch_dir}/libc10_cuda.so,--as-needed")
endif()

# Reads torch/torch.h from the header that flopwatch_torch has precompiled, ten seconds a file less.
# Programs are compiled like the library (-fPIC after CMake's -fPIE), or the compiler would refuse it.
function(flopwatch_torch_header target)
  target_precompile_headers(${target} REUSE_FROM flopwatch_torch)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-fPIC>")
endfunction()

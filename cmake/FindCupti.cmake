# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch::cupti_headers: the headers of CUPTI 13.0 or newer and of CUDA's driver interface, from
# CUPTI_INCLUDE_DIR, the torch wheel or a CUDA toolkit. No program is linked to CUPTI: CUPTI_LIBRARY is the
# copy that the tests open, and programs that find no other.
# CUPTI_INCLUDE_DIRS: those headers and crt/host_defines.h, which they include and the torch wheel does not bring.
# Where there are none, FLOPWATCH_CUPTI=AUTO becomes OFF.
include(FindWheel)
file(GLOB wheel_includes "${FLOPWATCH_SITE_PACKAGES}/nvidia/cu1[3-9]/include")
file(GLOB toolkit_includes "/usr/local/cuda*/include" "/usr/local/cuda*/extras/CUPTI/include")
set(cupti_includes ${wheel_includes} "$ENV{CUDA_HOME}/include" "$ENV{CUDA_HOME}/extras/CUPTI/include"
                   ${toolkit_includes})
if(NOT CUPTI_INCLUDE_DIR)
  foreach(folder IN LISTS cupti_includes)
    if(EXISTS "${folder}/cupti_range_profiler.h" AND EXISTS "${folder}/cuda.h")
      file(STRINGS "${folder}/cupti_callbacks.h" recent REGEX "cuptiSubscribe_v2" LIMIT_COUNT 1)
      if(recent)
        set(CUPTI_INCLUDE_DIR "${folder}" CACHE PATH "Headers of CUPTI 13.0 or newer, with cuda.h")
        break()
      endif()
    endif()
  endforeach()
endif()
find_path(CUDA_CRT_INCLUDE_DIR crt/host_defines.h
  PATHS ${CUPTI_INCLUDE_DIR} ${cupti_includes} NO_DEFAULT_PATH)
mark_as_advanced(CUDA_CRT_INCLUDE_DIR)
set(cupti_missing "")
if(NOT CUPTI_INCLUDE_DIR)
  set(cupti_missing "the headers of CUPTI 13.0 or newer (set CUPTI_INCLUDE_DIR to a folder with \
cupti_range_profiler.h and cuda.h)")
elseif(NOT CUDA_CRT_INCLUDE_DIR)
  set(cupti_missing "crt/host_defines.h of CUDA 13 (pip install nvidia-cuda-crt==13.0.*)")
endif()
if(cupti_missing AND FLOPWATCH_CUPTI STREQUAL "AUTO")
  message(STATUS "Not found: ${cupti_missing}; nothing is measured on GPUs")
  set(FLOPWATCH_CUPTI OFF)
  return()
elseif(cupti_missing)
  message(FATAL_ERROR "Not found: ${cupti_missing}. Run scripts/bootstrap.sh, or build with -DFLOPWATCH_CUPTI=OFF")
endif()
get_filename_component(cupti_root "${CUPTI_INCLUDE_DIR}" DIRECTORY)
find_library(CUPTI_LIBRARY NAMES libcupti.so.13 cupti
  HINTS "${cupti_root}/lib" "${cupti_root}/lib64" "${cupti_root}/extras/CUPTI/lib64" NO_DEFAULT_PATH)
message(STATUS "CUPTI: ${CUPTI_INCLUDE_DIR}, ${CUPTI_LIBRARY}")

set(CUPTI_INCLUDE_DIRS "${CUPTI_INCLUDE_DIR}")
if(NOT EXISTS "${CUPTI_INCLUDE_DIR}/crt/host_defines.h")
  # A separate folder, so that nothing else of a CUDA toolkit is on the include path.
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/cuda-crt")
  file(CREATE_LINK "${CUDA_CRT_INCLUDE_DIR}/crt" "${PROJECT_BINARY_DIR}/cuda-crt/crt" SYMBOLIC)
  list(APPEND CUPTI_INCLUDE_DIRS "${PROJECT_BINARY_DIR}/cuda-crt")
endif()
add_library(flopwatch_cupti_headers INTERFACE)
target_include_directories(flopwatch_cupti_headers SYSTEM INTERFACE ${CUPTI_INCLUDE_DIRS})
add_library(flopwatch::cupti_headers ALIAS flopwatch_cupti_headers)

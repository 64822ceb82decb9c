# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch::cupti_headers: the headers of CUPTI 13.0 or newer and of CUDA's driver interface, from
# CUPTI_INCLUDE_DIR, the torch wheel or a CUDA toolkit. No program is linked to CUPTI: CUPTI_LIBRARY is the
# copy that the tests open and the programs look at when they find no other.
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
if(NOT CUPTI_INCLUDE_DIR AND FLOPWATCH_CUPTI STREQUAL "AUTO")
  message(STATUS "No headers of CUPTI 13.0 or newer: nothing is measured on GPUs")
  set(FLOPWATCH_CUPTI OFF)
  return()
elseif(NOT CUPTI_INCLUDE_DIR)
  message(FATAL_ERROR "The headers of CUPTI 13.0 or newer were not found: run scripts/bootstrap.sh, set "
                      "CUPTI_INCLUDE_DIR to a folder with cupti_range_profiler.h and cuda.h, or build with "
                      "-DFLOPWATCH_CUPTI=OFF")
endif()
get_filename_component(cupti_root "${CUPTI_INCLUDE_DIR}" DIRECTORY)
find_library(CUPTI_LIBRARY NAMES libcupti.so.13 cupti
  HINTS "${cupti_root}/lib" "${cupti_root}/lib64" "${cupti_root}/extras/CUPTI/lib64" NO_DEFAULT_PATH)
message(STATUS "CUPTI: ${CUPTI_INCLUDE_DIR}, ${CUPTI_LIBRARY}")

add_library(flopwatch_cupti_headers INTERFACE)
target_include_directories(flopwatch_cupti_headers SYSTEM INTERFACE "${CUPTI_INCLUDE_DIR}")
add_library(flopwatch::cupti_headers ALIAS flopwatch_cupti_headers)

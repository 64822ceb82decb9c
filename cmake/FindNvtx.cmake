# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch::nvtx: the NVTX 3 headers, from NVTX_INCLUDE_DIR, the system, a CUDA toolkit or the torch wheel.
# Where there are none, FLOPWATCH_NVTX=AUTO becomes OFF.
include(FindWheel)
file(GLOB wheel_includes "${FLOPWATCH_SITE_PACKAGES}/nvidia/*/include")
find_path(NVTX_INCLUDE_DIR nvtx3/nvToolsExt.h
  HINTS ${wheel_includes} PATHS /usr/local/cuda/include "$ENV{CUDA_HOME}/include")
if(NOT NVTX_INCLUDE_DIR AND FLOPWATCH_NVTX STREQUAL "AUTO")
  message(STATUS "No NVTX headers: scopes push no NVTX ranges")
  set(FLOPWATCH_NVTX OFF)
  return()
elseif(NOT NVTX_INCLUDE_DIR)
  message(FATAL_ERROR "The NVTX 3 headers were not found: run scripts/bootstrap.sh, set NVTX_INCLUDE_DIR, "
                      "or build with -DFLOPWATCH_NVTX=OFF")
endif()
add_library(flopwatch_nvtx INTERFACE)
# A separate folder, so that nothing else of a CUDA toolkit is on the include path.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/nvtx")
file(CREATE_LINK "${NVTX_INCLUDE_DIR}/nvtx3" "${PROJECT_BINARY_DIR}/nvtx/nvtx3" SYMBOLIC)
target_include_directories(flopwatch_nvtx SYSTEM INTERFACE "${PROJECT_BINARY_DIR}/nvtx")
target_link_libraries(flopwatch_nvtx INTERFACE ${CMAKE_DL_LIBS})
add_library(flopwatch::nvtx ALIAS flopwatch_nvtx)

# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# LibTorch::python: what an extension module of FLOPWATCH_PYTHON is compiled and linked with: Python's headers, those
# of pybind11 that come with torch, and libtorch_python. Torch is imported before the module is loaded, so the module
# names the libraries and no folder to find them in.
# FLOPWATCH_PYTHON_SUFFIX: of the module's file name. FLOPWATCH_TORCH_VERSION: "2.11.0".
# FLOPWATCH_PYTHON_LACKS: what is missing, when LibTorch::python cannot be.
set(FLOPWATCH_PYTHON_LACKS "")
set(ask [[
import sys, sysconfig
print(*sys.version_info[:2], sep=".")
print(sysconfig.get_path("include"))
print(sysconfig.get_config_var("EXT_SUFFIX"))
]])
execute_process(COMMAND "${FLOPWATCH_PYTHON}" -c "${ask}"
  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(FLOPWATCH_PYTHON_LACKS "a Python (FLOPWATCH_PYTHON is '${FLOPWATCH_PYTHON}')")
  return()
endif()
string(REPLACE "\n" ";" answer "${answer}")
list(GET answer 0 version)
list(GET answer 1 python_include)
list(GET answer 2 FLOPWATCH_PYTHON_SUFFIX)
execute_process(COMMAND "${FLOPWATCH_PYTHON}" "${CMAKE_CURRENT_LIST_DIR}/find_torch.py"
  OUTPUT_VARIABLE site_packages OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(torch_libraries "")  # in the package, or in the prefix around it (FindLibTorch.cmake)
if(site_packages)
  get_filename_component(prefix "${site_packages}/../../.." ABSOLUTE)
  set(torch_libraries "${site_packages}/torch/lib" "${prefix}/lib")
endif()

if(version VERSION_LESS 3.10)
  set(FLOPWATCH_PYTHON_LACKS "Python 3.10 or newer (${FLOPWATCH_PYTHON} is ${version})")
elseif(NOT EXISTS "${python_include}/Python.h")
  set(FLOPWATCH_PYTHON_LACKS "Python.h in ${python_include} (Debian's package python3-dev)")
elseif(NOT libtorch_dir IN_LIST torch_libraries OR NOT EXISTS "${libtorch_dir}/libtorch_python.so")
  set(FLOPWATCH_PYTHON_LACKS "the torch of ${FLOPWATCH_PYTHON} (LibTorch is ${libtorch_dir})")
endif()
if(FLOPWATCH_PYTHON_LACKS)
  return()
endif()

file(STRINGS "${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h" lines REGEX "TORCH_VERSION_M|_PATCH")
if(NOT lines MATCHES "TORCH_VERSION_MAJOR +[0-9]")  # newer torch has the numbers there
  file(STRINGS "${LIBTORCH_INCLUDE_DIR}/torch/headeronly/version.h" lines REGEX "TORCH_VERSION_M|_PATCH")
endif()
set(FLOPWATCH_TORCH_VERSION "")
foreach(part MAJOR MINOR PATCH)
  if(NOT lines MATCHES "define TORCH_VERSION_${part} +([0-9]+)")
    message(FATAL_ERROR "The version of torch was not found in ${LIBTORCH_INCLUDE_DIR}")
  endif()
  list(APPEND FLOPWATCH_TORCH_VERSION ${CMAKE_MATCH_1})
endforeach()
string(REPLACE ";" "." FLOPWATCH_TORCH_VERSION "${FLOPWATCH_TORCH_VERSION}")

add_library(LibTorch::python INTERFACE IMPORTED)
target_include_directories(LibTorch::python SYSTEM INTERFACE "${python_include}")
target_link_libraries(LibTorch::python INTERFACE LibTorch::loaded "${libtorch_dir}/libtorch_python.so")

# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# A wheel of what FLOPWATCH_PREBUILT, a build folder of this tree, holds already: the same files that python/CMakeLists.txt
# installs. scripts/install_python.sh uses it, so that nothing is compiled twice.
if(NOT SKBUILD)
  message(FATAL_ERROR "FLOPWATCH_PREBUILT is for building a wheel: pip install . with it in CMAKE_ARGS")
endif()
file(GLOB module "${FLOPWATCH_PREBUILT}/python/flopwatch/_native.*")
list(FILTER module EXCLUDE REGEX "[.]pyi$")
set(parts ${module} "${FLOPWATCH_PREBUILT}/python/flopwatch/_build.py")
list(LENGTH parts count)
if(NOT count EQUAL 2)
  message(FATAL_ERROR "${FLOPWATCH_PREBUILT} holds no Python module, or more than one: build the target flopwatch_python "
                      "there; found: ${module}")
endif()
install(FILES ${parts} DESTINATION flopwatch COMPONENT python)
install(FILES "${FLOPWATCH_PREBUILT}/bin/libflopwatch_inject.so" DESTINATION flopwatch COMPONENT python OPTIONAL)
install(PROGRAMS "${FLOPWATCH_PREBUILT}/bin/flopwatch" DESTINATION "${SKBUILD_SCRIPTS_DIR}" COMPONENT python)
add_custom_target(flopwatch_python)

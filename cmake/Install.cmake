# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# cmake --install: the program, the public headers, the libraries, and the package file for
# find_package(flopwatch COMPONENTS ...). Each component is an export set:
#   core      flopwatch::core: read captures, attribute, compare, report
#   session   flopwatch::session: record scopes and, where built, counters, without torch
#   torch     flopwatch::torch: sessions that see LibTorch's dispatcher and modules
# A fourth one, cupti, says that sessions can read GPU counters: its libraries are in session's set.
# The other libraries are installed because these need them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/flopwatch")
set(installed_components "")

function(flopwatch_install_component component)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^flopwatch_" "" name "${target}")
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT flopwatch-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT flopwatch-${component} NAMESPACE flopwatch:: FILE flopwatch-${component}-targets.cmake
    DESTINATION "${package_folder}" COMPONENT development)
  set(installed_components ${installed_components} ${component} PARENT_SCOPE)
endfunction()

# What the libraries are linked to: a package is looked for again, a copy from FLOPWATCH_SOURCES is installed, too.
set(packages "")
set(copies "")
foreach(package fmt SQLite3 ZLIB zstd)
  string(TOLOWER "copy_${package}" copy)
  if(TARGET ${copy})
    list(APPEND copies ${copy})
  else()
    list(APPEND packages ${package})
  endif()
endforeach()
if(TARGET copy_sqlite3)
  list(APPEND packages Threads)
endif()
flopwatch_install_component(core flopwatch_core ${copies})
if(FLOPWATCH_SCOPE)
  set(session_libraries flopwatch_session flopwatch_recording flopwatch_driver)
  if(FLOPWATCH_CUPTI)
    list(APPEND session_libraries flopwatch_collect flopwatch_cupti)
  endif()
  flopwatch_install_component(session ${session_libraries})
  if(FLOPWATCH_CUPTI)
    list(APPEND installed_components cupti)
  endif()
endif()
set(unavailable_headers "")
if(FLOPWATCH_TORCH)
  flopwatch_install_component(torch flopwatch_torch flopwatch_dispatcher)
else()
  set(unavailable_headers PATTERN "torch*" EXCLUDE)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/flopwatch" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT development FILES_MATCHING PATTERN "*.hpp" ${unavailable_headers})
if(TARGET flopwatch)
  install(TARGETS flopwatch RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
endif()
if(TARGET flopwatch_inject)  # where `flopwatch run` looks for it
  install(TARGETS flopwatch_inject LIBRARY DESTINATION lib COMPONENT program)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/flopwatch-config.cmake.in"
  "${PROJECT_BINARY_DIR}/flopwatch-config.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/flopwatch-config-version.cmake"
  VERSION ${FLOPWATCH_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/flopwatch-config.cmake" "${PROJECT_BINARY_DIR}/flopwatch-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findzstd.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindLibTorch.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindWheel.cmake" "${PROJECT_SOURCE_DIR}/cmake/find_torch.py"
  DESTINATION "${package_folder}" COMPONENT development)

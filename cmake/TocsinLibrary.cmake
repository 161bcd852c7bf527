# What most sources of ours include and compilers take long for: see tocsin_precompile().
set(TOCSIN_COMMON_HEADERS <algorithm> <functional> <map> <memory> <optional> <string> <string_view>
    <utility> <vector> <absl/functional/any_invocable.h> <absl/status/statusor.h> <fmt/format.h>)

# tocsin_precompile(TARGET headers...): compile these headers once for all sources of the target.
# tocsin_precompile(TARGET REUSE OTHER): take those of another target, which is built with the same
# macros. Sources include what they use all the same: the preset `fuzz` builds without.
function(tocsin_precompile target)
  cmake_parse_arguments(ARG "" "REUSE" "" ${ARGN})
  if(NOT TOCSIN_PRECOMPILE)
    return()
  elseif(ARG_REUSE)
    target_precompile_headers(${target} REUSE_FROM ${ARG_REUSE})
  else()
    target_precompile_headers(${target} PRIVATE ${ARG_UNPARSED_ARGUMENTS})
  endif()
endfunction()

# tocsin_unite(TARGET): where TOCSIN_UNITE says so, compile some sources of the target in one go, which
# takes half the time. Their anonymous namespaces are one then: names in them differ within a target.
function(tocsin_unite target)
  if(TOCSIN_UNITE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    # A class of one source may hold what that source alone knows, though it is not the main one.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
  endif()
endfunction()

# tocsin_glob(VARIABLE PATTERN rooms...): the files of the calling folder and its rooms.
function(tocsin_glob variable pattern)
  set(patterns ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
  foreach(room ${ARGN})
    list(APPEND patterns ${CMAKE_CURRENT_SOURCE_DIR}/${room}/${pattern})
  endforeach()
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# tocsin_library(NAME [ROOMS rooms...] [DEPS libs...]): one static library of every .cc in the calling
# folder and its rooms. Its include root is src/, so that every include carries its folder. Its
# headers are a header set, so that the target all_verify_interface_header_sets compiles each alone.
function(tocsin_library name)
  cmake_parse_arguments(ARG "" "" "ROOMS;DEPS" ${ARGN})
  tocsin_glob(sources *.cc ${ARG_ROOMS})
  tocsin_glob(headers *.h ${ARG_ROOMS})
  add_library(tocsin_${name} STATIC ${sources})
  target_include_directories(tocsin_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_sources(tocsin_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src
                                       FILES ${headers})
  target_link_libraries(tocsin_${name} PUBLIC ${ARG_DEPS})
  tocsin_unite(tocsin_${name})
endfunction()

# tocsin_tests(NAME LABEL label [DEPS libs...] [REUSE test]): one GoogleTest program of every *_test.cc
# in the calling folder, each case registered with ctest on its own. REUSE: take the precompiled
# headers of another test program.
function(tocsin_tests name)
  cmake_parse_arguments(ARG "" "LABEL;REUSE" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  # What is tested is optimised as ever. The tests themselves compile in two thirds of the time.
  if(TOCSIN_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(ARG_REUSE)
    tocsin_precompile(${name} REUSE ${ARG_REUSE})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABEL})
endfunction()

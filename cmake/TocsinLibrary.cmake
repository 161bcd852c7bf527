# tocsin_library(NAME [DEPS libs...]): one static library of every .cc in and below the calling folder.
# Its include root is src/, so that every include carries its folder.
function(tocsin_library name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(tocsin_${name} STATIC ${sources})
  target_include_directories(tocsin_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(tocsin_${name} PUBLIC ${ARG_DEPS})
endfunction()

# tocsin_tests(NAME LABEL label [DEPS libs...]): one GoogleTest program of every *_test.cc in the
# calling folder, each case registered with ctest on its own.
function(tocsin_tests name)
  cmake_parse_arguments(ARG "" "LABEL" "DEPS" ${ARGN})
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
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABEL})
endfunction()

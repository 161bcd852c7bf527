# tocsin_fuzz(NAME SOURCE DEPS...): a fuzz driver: a file with LLVMFuzzerTestOneInput, and the
# libraries it needs.
#
# With TOCSIN_FUZZERS (preset fuzz, clang) it is a libFuzzer program, and the libraries are
# instrumented for coverage; run it on tests/fuzz/corpus/NAME. Without, the same driver gets a plain
# main that runs the files of that folder and a few thousand seeded random inputs, as one ctest case
# with the label fuzz: every build keeps the drivers alive.
function(tocsin_fuzz name source)
  add_executable(${name} ${source})
  set_property(GLOBAL APPEND PROPERTY TOCSIN_FUZZ_PROGRAMS ${name})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${ARGN})
  if(TOCSIN_FUZZERS)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    foreach(library ${ARGN})
      if(library MATCHES "^tocsin_")
        target_compile_options(${library} PRIVATE -fsanitize=fuzzer-no-link)
      endif()
    endforeach()
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/standalone_main.cc)
    add_test(NAME ${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()

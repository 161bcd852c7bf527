# tocsin_openapi(NAMES...): the OpenAPI document of the REST API, from the .proto files NAMES (paths
# without the ending, below this folder).
#
# Makes ${out}/openapi/openapi.json, and a library tocsin_openapi with the same text for
# dispatcher/transport/rest/openapi.h. A schema that REST cannot carry stops the build.

# Debian's own python3 is the one that python3-protobuf belongs to; another may come before it in
# PATH.
function(tocsin_has_protobuf result python)
  execute_process(COMMAND ${python} -c "import google.protobuf" RESULT_VARIABLE status
                  OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()
find_program(TOCSIN_PYTHON python3 HINTS /usr/bin VALIDATOR tocsin_has_protobuf REQUIRED)

function(tocsin_openapi)
  set(folder ${out}/openapi)
  set(generator ${CMAKE_CURRENT_SOURCE_DIR}/openapi.py)
  list(TRANSFORM ARGN APPEND .proto OUTPUT_VARIABLE names)
  add_custom_command(
    OUTPUT ${folder}/api.pb ${folder}/openapi.json ${folder}/openapi_json.cc
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND protobuf::protoc --include_imports --include_source_info
            --descriptor_set_out=${folder}/api.pb -I${CMAKE_CURRENT_SOURCE_DIR} ${names}
    COMMAND ${TOCSIN_PYTHON} ${generator} --descriptors ${folder}/api.pb
            --version ${PROJECT_VERSION} --json ${folder}/openapi.json
            --cc ${folder}/openapi_json.cc ${names}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    DEPENDS ${names} ${generator}
    VERBATIM)
  add_library(tocsin_openapi STATIC ${folder}/openapi_json.cc)
  target_include_directories(tocsin_openapi PUBLIC ${CMAKE_SOURCE_DIR}/src)
endfunction()

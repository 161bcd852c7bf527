# Every third-party library, from Debian packages only (see ./dev deps). src/LAYERS says which
# folder is the only home of each.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC REQUIRED)
find_program(TOCSIN_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(RocksDB REQUIRED)
find_package(roaring REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(benchmark REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)

# nanopb's own CMake package names a Python of its choosing; the generator and the runtime are all
# that is needed here.
find_program(TOCSIN_NANOPB_PLUGIN protoc-gen-nanopb REQUIRED)
find_library(TOCSIN_NANOPB_LIBRARY protobuf-nanopb REQUIRED)
find_path(TOCSIN_NANOPB_INCLUDE pb.h REQUIRED)

find_library(TOCSIN_NGHTTP2_LIBRARY nghttp2 REQUIRED)
find_path(TOCSIN_NGHTTP2_INCLUDE nghttp2/nghttp2.h REQUIRED)
find_library(TOCSIN_URING_LIBRARY uring REQUIRED)
find_path(TOCSIN_URING_INCLUDE liburing.h REQUIRED)
# Packaged for x86-64 alone; without it OpenSSL seals all records.
find_library(TOCSIN_IPSEC_MB_LIBRARY IPSec_MB)

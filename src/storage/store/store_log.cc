#include "storage/store/store_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "runtime/log.h"

namespace tocsin::storage {
namespace {

constexpr size_t line_bytes_max = 1024;

class StoreLog : public rocksdb::Logger {
 public:
  StoreLog() : rocksdb::Logger(rocksdb::ERROR_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    std::array<char, line_bytes_max> line;
    std::vsnprintf(line.data(), line.size(), format, arguments);
    runtime::log_warning("store: {}", line.data());
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_store_log() { return std::make_shared<StoreLog>(); }

}  // namespace tocsin::storage

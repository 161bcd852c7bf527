#include "cluster/embedded_log.h"

#include "tests/contract/log_contract.h"
#include "tests/unit/cluster/temp_folder.h"

namespace tocsin::contract {
namespace {

struct EmbeddedLogMaker {
  std::unique_ptr<cluster::Log> open() {
    auto log = cluster::EmbeddedLog::open(folder.path());
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  test::TempFolder folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, LogContract, EmbeddedLogMaker);

}  // namespace
}  // namespace tocsin::contract

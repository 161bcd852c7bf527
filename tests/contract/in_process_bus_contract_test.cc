#include "cluster/in_process_bus.h"

#include "tests/contract/bus_contract.h"

namespace tocsin::contract {
namespace {

struct InProcessBusMaker {
  cluster::Bus& bus() { return instance; }
  cluster::InProcessBus instance;
};

INSTANTIATE_TYPED_TEST_SUITE_P(InProcess, BusContract, InProcessBusMaker);

}  // namespace
}  // namespace tocsin::contract

// What every Bus must do, whatever carries it: instantiate with a maker for each implementation.
//
// A maker has `cluster::Bus& bus()`.
//
// Thread: tests.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/bus.h"
#include "runtime/shard.h"

#include "tests/unit/cluster/await.h"

namespace tocsin::contract {

using cluster::Role;

// One endpoint that notes the positions of the Casts it gets; they serve as numbered messages.
class Listener {
 public:
  Listener(cluster::Bus& bus, Role role, std::string name) : shard_(std::move(name)) {
    shard_.start();
    endpoint_ = bus.join(role, shard_, [this](cluster::BusMessage message) {
      on_own_shard_ &= shard_.on_this_thread();
      if (const auto* cast = std::get_if<cluster::Cast>(&message)) got_.push_back(cast->position);
    });
  }

  cluster::EndpointId endpoint() const { return endpoint_; }
  std::vector<cluster::Position> got() {
    std::vector<cluster::Position> copy;
    shard_.run_and_wait([&] { copy = got_; });
    return copy;
  }
  bool on_own_shard() {
    bool answer = false;
    shard_.run_and_wait([&] { answer = on_own_shard_; });
    return answer;
  }

 private:
  runtime::Shard shard_;
  cluster::EndpointId endpoint_ = 0;
  std::vector<cluster::Position> got_;
  bool on_own_shard_ = true;
};

template <typename Maker>
class BusContract : public testing::Test {
 protected:
  static cluster::BusMessage numbered(cluster::Position n) {
    return cluster::Cast{n, nullptr, true, ""};
  }
  Maker maker_;
};

TYPED_TEST_SUITE_P(BusContract);

TYPED_TEST_P(BusContract, MessagesArriveInOrderOnTheEndpointsOwnShard) {
  Listener listener(this->maker_.bus(), Role::gateway, "one");
  std::vector<cluster::Position> sent;
  for (cluster::Position n = 1; n <= 1000; ++n) {
    this->maker_.bus().send(listener.endpoint(), this->numbered(n));
    sent.push_back(n);
  }
  EXPECT_TRUE(test::await([&] { return listener.got().size() == sent.size(); }));
  EXPECT_EQ(listener.got(), sent);
  EXPECT_TRUE(listener.on_own_shard());
}

TYPED_TEST_P(BusContract, SendReachesOneEndpointOnly) {
  Listener one(this->maker_.bus(), Role::gateway, "one");
  Listener two(this->maker_.bus(), Role::gateway, "two");
  EXPECT_NE(one.endpoint(), two.endpoint());
  this->maker_.bus().send(two.endpoint(), this->numbered(7));
  EXPECT_TRUE(test::await([&] { return two.got().size() == 1; }));
  EXPECT_TRUE(one.got().empty());
}

TYPED_TEST_P(BusContract, PublishReachesEveryEndpointOfTheRole) {
  Listener one(this->maker_.bus(), Role::gateway, "one");
  Listener two(this->maker_.bus(), Role::gateway, "two");
  Listener other(this->maker_.bus(), Role::dispatcher, "other");
  this->maker_.bus().publish(Role::gateway, this->numbered(7));
  EXPECT_TRUE(test::await([&] { return one.got().size() == 1 && two.got().size() == 1; }));
  EXPECT_TRUE(other.got().empty());
}

TYPED_TEST_P(BusContract, MessagesToNobodyAreDropped) {
  Listener listener(this->maker_.bus(), Role::gateway, "one");
  this->maker_.bus().send(listener.endpoint() + 100, this->numbered(1));
  this->maker_.bus().publish(Role::storage, this->numbered(2));
  this->maker_.bus().send(listener.endpoint(), this->numbered(3));
  EXPECT_TRUE(test::await([&] { return !listener.got().empty(); }));
  EXPECT_EQ(listener.got(), std::vector<cluster::Position>{3});
}

REGISTER_TYPED_TEST_SUITE_P(BusContract, MessagesArriveInOrderOnTheEndpointsOwnShard,
                            SendReachesOneEndpointOnly, PublishReachesEveryEndpointOfTheRole,
                            MessagesToNobodyAreDropped);

}  // namespace tocsin::contract

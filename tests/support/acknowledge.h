// What storage writes when devices have acknowledged a message.
#pragma once

#include <string>
#include <vector>

#include "tests/support/installation.h"
#include "tests/unit/cluster/await.h"

namespace tocsin::test {

// Devices of app 1, each the only one of its partition, have the message; returns once storage knows.
inline void acknowledge(Installation& at, const std::string& message,
                        const std::vector<DeviceId>& devices) {
  internal::Record record;
  auto& acks = *record.mutable_messages_delivered();
  acks.set_gathered_at_ms(wall_ms());
  auto& delivery = *acks.add_deliveries();
  delivery.set_message_id(MessageId::parse(message)->value);
  delivery.set_app_id(1);
  for (const DeviceId& device : devices) {
    auto& partition = *delivery.add_delivered();
    partition.set_partition(partition_of(device));
    partition.add_ordinals(0);
  }
  delivery.add_latency_buckets(14);
  delivery.add_latency_counts(static_cast<uint32_t>(devices.size()));
  EXPECT_TRUE(append_and_wait(at.log(), record.SerializeAsString()).ok());
  at.await_applied();
}

}  // namespace tocsin::test

// Reader: the devices' end of a ConnectedFleet, in a process of its own.
//
// It connects, does its half of the TLS handshake, forgets it, and then reads and counts.
//
// Thread: the only one of its process.
#pragma once

#include <cstdint>
#include <string>

namespace tocsin::fanout {

// Connect `size` times to 127.0.0.1:`port`, trusting `ca_pem`. Then, for each 8-byte number from
// `orders`, read so many bytes from all connections together and write one byte to `answers`.
// Returns the process's exit code when `orders` ends.
int run_reader(uint32_t size, uint16_t port, const std::string& ca_pem, int orders, int answers);

}  // namespace tocsin::fanout

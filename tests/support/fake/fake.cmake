# The network in memory and the virtual clock. Its objects stand before the archives of the layers,
# so that the linker takes no member that defines the same (loop.c, workers.c, names.c,
# conn_socket.c, conn_dial.c).
add_library(fake_network OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/fake_loop.c ${CMAKE_CURRENT_LIST_DIR}/fake_names.c
  ${CMAKE_CURRENT_LIST_DIR}/fake_socket.c)
target_link_libraries(fake_network PUBLIC culvert_flags)

function(target_link_fake_network name)
  target_sources(${name} PRIVATE $<TARGET_OBJECTS:fake_network>)
endfunction()

# To be included by tests/CMakeLists.txt. Programs that run on the virtual clock and network:
# tests/dialog/test_NAME.c, one executable each. The objects of the fake stand
# before the archives of the layers, so that the linker takes no member that defines the same
# (loop.c, workers.c, conn_socket.c, conn_dial.c).
add_library(fake_network OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/fake_loop.c ${CMAKE_CURRENT_LIST_DIR}/fake_socket.c)
target_link_libraries(fake_network PUBLIC culvert_flags)

file(GLOB dialog_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/dialog/test_*.c)
foreach(source ${dialog_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source} $<TARGET_OBJECTS:fake_network>)
  target_compile_definitions(${name} PRIVATE TEST_ROOT="${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${ALL_LAYERS} PkgConfig::CMOCKA
    $<TARGET_NAME_IF_EXISTS:test_support>)
  add_test(NAME dialog.${name} COMMAND ${name})
  set_tests_properties(dialog.${name} PROPERTIES LABELS dialog)
endforeach()

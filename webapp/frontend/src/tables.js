import './workbench/tables.css';

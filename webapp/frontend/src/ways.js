import './workbench/ways.css';
